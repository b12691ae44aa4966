"""What all charts share: where an instant is drawn, layout, traces. A chart is a read model into a
Plotly figure of plain dicts: no database, no request, no clock.

A colour is written as ``var(--name)``: the browser puts in the value that its theme gives the name.
Texts carry no markup but ``<br>``: Plotly draws any other by inline styles, which our CSP refuses.
"""
