"""The page of a service's runners, and the page of one."""
