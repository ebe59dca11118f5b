# A GStreamer RTSP server on loopback: gstreamer-server.py PORT none|basic|digest [CERTIFICATE-AND-KEY.pem]; the stream is /live.
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
port, login = sys.argv[1:3]
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=10/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 )"
)
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
if login == "none":
    auth.set_default_token(token)
elif login == "basic":
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("viewer", "secret"), token)
else:
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest("viewer", "secret", token)
auth.set_realm("video")
if len(sys.argv) > 3:
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(sys.argv[3]))
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role("viewer", "media.factory.access", True)
permissions.add_permission_for_role("viewer", "media.factory.construct", True)
factory.set_permissions(permissions)
server.set_auth(auth)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()
