internal import Testing

/// Everything here starts real servers and measures time, so one test runs after the other.
@Suite("End to end", .serialized)
struct EndToEnd {}
