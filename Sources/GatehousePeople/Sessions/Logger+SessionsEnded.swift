internal import GatehouseCore
internal import GatehouseLogging
internal import Logging

extension Logger {
    /// Sessions ended behind somebody's back: nobody asked for it, and nobody is signed in who could be told.
    ///
    /// `reason` is one word for whoever counts; `message` says what it means.
    func sessionsEnded(of user: UserReference, _ reason: String, _ count: Int, _ message: Message) {
        log(
            Event(
                .sessionEnded, about: .person(user), level: .notice,
                [
                    (.reason, .text(reason)), (.userID, "\(user.id)"), (.backend, "\(user.backend)"),
                    (.sessionsEnded, .number(count)),
                ]), message)
    }
}
