internal import Glibc

/// What the program does before anything else: a peer that closes early is an error of a write, not the end of the process.
///
/// libldap's and libcurl's TLS write when they close, to a server that may be gone by then.
package enum BrokenPipes {
    /// Sees to it, in the whole process.
    package static func areErrors() { _ = signal(SIGPIPE, SIG_IGN) }
}
