"""What every page is served with: visits, chrome, errors, requests, polls, addresses, who may
change something.
"""
