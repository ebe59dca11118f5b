# Two GStreamer RTSP servers: rtsp-others.py GUARDED-PORT EMPTY-PORT. The first wants a password for its streams, the
# second has others in their place.
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)


def serve(port, paths, auth):
    server = GstRtspServer.RTSPServer()
    server.set_address("0.0.0.0")
    server.set_service(port)
    if auth is not None:
        server.set_auth(auth)
    for path in paths:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch("( videotestsrc is-live=true ! x264enc ! rtph264pay name=pay0 pt=96 )")
        if auth is not None:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    return server


def guard():
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(2)
    auth.set_realm("video")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest("viewer", "secret", token)
    return auth


servers = [serve(sys.argv[1], ["/live", "/cam1"], guard()), serve(sys.argv[2], ["/other"], None)]
GLib.MainLoop().run()
