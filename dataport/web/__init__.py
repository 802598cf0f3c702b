"""The web pages: static files that a service hands out as they are, and the dashboards that come with them.

No rule lives here, and no number is worked out here: a page asks the service, with the words that the command line has.
"""
