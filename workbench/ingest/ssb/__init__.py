"""Statistics Norway's services: tables by PxWebApi, municipalities by Klass.

It may import storage and errors. A publisher's own service gets a package beside this one.
"""
