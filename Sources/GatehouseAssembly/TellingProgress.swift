internal import GatehousePeople
internal import GatehouseTerminal
private import Synchronization

/// How far the telling of many sessions is, on a terminal.
final class TellingProgress: Sendable {
    private struct State {
        var progress: Progress
        var done = 0
    }

    private let state = Mutex<State?>(nil)

    func show(_ stage: SessionDoor.Stage) {
        state.withLock { state in
            switch stage {
            case .told(let done, let total):
                var shown = state ?? State(progress: Progress("Bringing sessions up to date", of: total))
                shown.progress.advance(by: done - shown.done)
                shown.done = done
                state = shown
            case .ended:
                state?.progress.end()
                state = nil
            }
        }
    }
}
