# A relay of RTSP: rtsp-relay.pl PLAY-PORT ANNOUNCE-PORT
use strict;
use warnings;
use AnyEvent;
use RTSP::Server;

my $server = RTSP::Server->new(
    log_level          => 0,
    client_listen_port => $ARGV[0],
    source_listen_port => $ARGV[1],
);
$server->listen;
AnyEvent->condvar->recv;
