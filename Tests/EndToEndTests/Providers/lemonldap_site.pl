# Serves LemonLDAP::NG's portal as a web server in front of it does: with several processes, since browsers open connections in
# advance and one process would wait for the first request on each of them; and with its files, for which the portal would answer
# with pages that forget what somebody came for.
#
# Usage: lemonldap_site.pl PORT FILE.psgi
use strict;
use warnings;
use File::Basename qw(dirname);
use HTTP::Server::PSGI;
use Plack::Middleware::Static;
use Plack::Util;

my ($port, $file) = @ARGV;
my $portal = Plack::Util::load_psgi($file);
my $pages = sub {
    my $request = shift;
    # It sends people to //oauth2/authorize after it asked them again.
    s{^/+}{/} for @{$request}{qw(PATH_INFO REQUEST_URI)};
    return $portal->($request);
};
my $scripts = Plack::Middleware::Static->wrap($pages, path => qr{^/javascript/}, root => '/usr/share');
my $application = Plack::Middleware::Static->wrap($scripts, path => qr{^/static/}, root => dirname($file));

my $server = HTTP::Server::PSGI->new(host => '127.0.0.1', port => $port);
$server->setup_listener;
my @others;
for (1 .. 3) {
    my $other = fork // die "no process: $!";
    if (!$other) { $server->accept_loop($application); exit; }
    push @others, $other;
}
# They end with this one.
$SIG{TERM} = sub { kill TERM => @others; exit };
$server->accept_loop($application);
