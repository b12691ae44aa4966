"""Charts: read models into Plotly figures, as plain dicts. No database, no request, no clock.

A colour is written as ``var(--name)``: the browser puts in the value that its theme gives the name.
Texts carry no markup but ``<br>``: Plotly draws any other by inline styles, which our CSP refuses.
"""
