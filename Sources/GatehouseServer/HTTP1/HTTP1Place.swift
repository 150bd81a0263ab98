/// What is found for a peer when it connects.
enum HTTP1Place: Equatable {
    case proxy
    /// For somebody who is not trusted and only there to be refused.
    case stranger
    /// There was no room, and the peer hears why.
    case farewell
    /// There was no room for that either.
    case nowhere
}
