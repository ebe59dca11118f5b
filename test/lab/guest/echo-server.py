# Says its name to whoever says anything, as a page to who asks for one: echo-server.py NAME TCP-PORTS UDP-PORTS, ports with commas between.
# UDP is answered from the address that was asked, which a socket bound to no address would not do for a VIP on lo.
import selectors
import socket
import struct
import sys

IP_PKTINFO = 8
name = (sys.argv[1] + "\n").encode()
page = b"HTTP/1.0 200 OK\r\n\r\n" + name
waiting = selectors.DefaultSelector()


def answer_stream(sock):
    try:
        data = sock.recv(1500)
        if data:
            sock.send(page if data.startswith((b"HEAD", b"GET")) else name)
            return
    except OSError:
        pass
    waiting.unregister(sock)
    sock.close()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        return
    waiting.register(sock, selectors.EVENT_READ, answer_stream)


def answer_datagram(sock):
    try:
        _, extra, _, sender = sock.recvmsg(1500, 256)
        for level, kind, value in extra:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                asked = value[8:12]
                source = struct.pack("=I4s4s", 0, asked, b"\0\0\0\0")
                sock.sendmsg([name], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, sender)
    except OSError:
        pass


for port in sys.argv[2].split(","):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", int(port)))
    listener.listen(512)
    waiting.register(listener, selectors.EVENT_READ, accept)
for port in sys.argv[3].split(","):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind(("0.0.0.0", int(port)))
    waiting.register(sock, selectors.EVENT_READ, answer_datagram)
while True:
    for key, _ in waiting.select():
        key.data(key.fileobj)
