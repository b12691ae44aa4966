"""What every page is served with: chrome, errors, requests, polls, addresses, who may change
something.
"""
