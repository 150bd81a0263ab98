package import GatehouseCore
internal import NIOCore

extension CachedReader: RecordReader {
    /// A question to Redis that others may join.
    private struct Question {
        let key: RecordKey
        let number: ReadsInFlight<WaitingRead.Place>.Number
    }

    /// Both records, if there are copies that may be used.
    package func held(_ first: RecordKey, _ second: RecordKey) -> (first: [UInt8], second: [UInt8])? {
        let now = NIODeadline.now()
        guard let one = cache.copy(of: first, now), let other = cache.copy(of: second, now) else { return nil }
        counts.hit()
        return (one, other)
    }

    /// From copies, or from Redis: then in one round trip, of which others that ask for the same take part.
    package func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        let now = NIODeadline.now()
        guard cache.keepsAnswers(now) else { return ask(first, second, completion: completion) }
        let held = (first: cache.copy(of: first, now), second: second.flatMap { cache.copy(of: $0, now) })
        if held.first != nil, second == nil || held.second != nil {
            counts.hit()
            return completion(.values(first: held.first, second: held.second))
        }
        counts.miss()
        let read = WaitingRead(first, second, held: held, completion: completion)
        var questions: [Question] = []
        if held.first == nil,
            case .ask(let number) = cache.question(first, WaitingRead.Place(read: read, isSecond: false))
        {
            questions.append(Question(key: first, number: number))
        }
        if let second, held.second == nil,
            case .ask(let number) = cache.question(second, WaitingRead.Place(read: read, isSecond: true))
        {
            questions.append(Question(key: second, number: number))
        }
        guard let question = questions.first else { return }
        data.read(question.key, questions.count > 1 ? questions[1].key : nil) { [self] reading in
            settle(questions, reading, askedAt: now)
        }
    }

    private func settle(_ questions: [Question], _ reading: RecordReading, askedAt: NIODeadline) {
        var finished: [WaitingRead] = []
        for (index, question) in questions.enumerated() {
            let places: [WaitingRead.Place]
            let outcome: WaitingRead.Outcome
            switch reading {
            case .values(let first, let second):
                let value = index == 0 ? first : second
                outcome = .value(value)
                places = cache.answered(question.number, of: question.key, with: value, askedAt: askedAt)
            case .unavailable:
                outcome = .none
                places = cache.failed(question.number, of: question.key)
            }
            for place in places where place.read.take(outcome, isSecond: place.isSecond) { finished.append(place.read) }
        }
        tellCounts()
        // Last: whoever is told may ask for more.
        for read in finished { read.finish { lastResort($0.first, $0.second) } }
    }

    /// Asks without keeping anything.
    private func ask(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        counts.miss()
        data.read(first, second) { [self] reading in
            guard case .values = reading else { return completion(lastResort(first, second)) }
            cache.answeredUntracked(first)
            if let second { cache.answeredUntracked(second) }
            completion(reading)
        }
    }

    /// What is said where Redis said nothing: what it said last, if that was a moment ago, and if it is Redis that is missing, and
    /// not we who are refused.
    private func lastResort(_ first: RecordKey, _ second: RecordKey?) -> RecordReading {
        let now = NIODeadline.now()
        guard !data.isConnected, !data.isRefused, let one = cache.lastResort(first, now) else { return .unavailable }
        guard let second else { return .values(first: one, second: nil) }
        guard let other = cache.lastResort(second, now) else { return .unavailable }
        return .values(first: one, second: other)
    }

    /// `SET … XX PX`: a record that was removed is not written back.
    package func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        // Without a connection nothing is written, and the copy may be all there is.
        if data.isConnected { drop([key]) }
        data.refresh(value, for: key, expiresIn: expiresIn)
    }

    /// `SET … PX`.
    package func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        drop([key])
        data.write(value, for: key, expiresIn: expiresIn)
    }
}
