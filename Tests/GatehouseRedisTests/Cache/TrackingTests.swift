import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("Whether Redis tells of changes")
struct TrackingTests {
    private func at(_ milliseconds: Int64) -> NIODeadline { LinkRig.deadline(milliseconds) }

    /// The states that there are, by the shortest way to each.
    private enum Stage: CaseIterable {
        case nothing, onlyData, onlyPushes, subscribing, subscribed, trying, accepted, cameBack, on, pausing
    }

    private func tracking(_ stage: Stage) -> Tracking {
        var tracking = Tracking()
        if stage != .nothing, stage != .onlyPushes, stage != .subscribed { _ = tracking.connected(.data, at(1_000)) }
        if stage == .nothing || stage == .onlyData { return tracking }
        _ = tracking.connected(.pushes, at(1_000))
        if stage == .onlyPushes || stage == .subscribing { return tracking }
        _ = tracking.subscribed(as: 7, at(1_000))
        if stage == .subscribed || stage == .trying { return tracking }
        if stage == .pausing {
            tracking.refused("CLIENT TRACKING", .notPermitted, at(1_000))
            return tracking
        }
        if stage != .cameBack { _ = tracking.accepted(at(1_010)) }
        if stage != .accepted { _ = tracking.cameBack(at(1_020)) }
        return tracking
    }

    @Test("is sure only when both connections are there, Redis agreed, and a change of one's own was told")
    func way() {
        var tracking = Tracking()
        #expect(tracking.connected(.data, at(1_000)) == .nothing)
        #expect(tracking.connected(.pushes, at(1_000)) == .subscribe)
        #expect(tracking.doubt == .starting)
        #expect(tracking.subscribed(as: 7, at(1_001)) == .track(7))
        #expect(tracking.accepted(at(1_002)) == .nothing && !tracking.isOn)
        #expect(tracking.cameBack(at(1_003)) == .begin)
        #expect(tracking.isOn && tracking.doubt == nil)
        #expect(tracking.provenAt == at(1_001), "what was heard reaches to where the trial began")
        for stage in Stage.allCases { #expect(self.tracking(stage).isOn == (stage == .on), "\(stage)") }
    }

    @Test("has one answer to each piece of news in each state")
    func table() {
        let news: [(String, (inout Tracking) -> Tracking.Step, (Stage) -> Tracking.Step)] = [
            ("data", { $0.connected(.data, at(1_100)) }, { $0 == .subscribed ? .track(7) : .nothing }),
            ("pushes", { $0.connected(.pushes, at(1_100)) }, { _ in .subscribe }),
            ("subscribed", { $0.subscribed(as: 8, at(1_100)) }, { $0 == .subscribing ? .track(8) : .nothing }),
            ("accepted", { $0.accepted(at(1_100)) }, { $0 == .cameBack ? .begin : .nothing }),
            ("came back", { $0.cameBack(at(1_100)) }, { $0 == .accepted ? .begin : .nothing }),
            ("too early", { $0.wake(at(1_500)) }, { _ in .nothing }),
            (
                "a second", { $0.wake(at(2_000)) },
                { stage in
                    switch stage {
                    case .trying, .accepted, .cameBack: .reconnectPushes
                    case .on: .ping
                    default: .nothing
                    }
                }
            ),
            (
                "half a minute", { $0.wake(at(31_000)) },
                { stage in
                    switch stage {
                    case .trying, .accepted, .cameBack: .reconnectPushes
                    case .on: .ping
                    case .pausing: .track(7)
                    default: .nothing
                    }
                }
            ),
        ]
        for (name, event, expected) in news {
            for stage in Stage.allCases {
                var tracking = tracking(stage)
                #expect(event(&tracking) == expected(stage), "\(name) in \(stage)")
                #expect(tracking.isOn == (expected(stage) == .begin || stage == .on))
            }
        }
    }

    @Test("is over in every state when one of the connections is, and begins anew with it")
    func lost() {
        for stage in Stage.allCases {
            for side in [Tracking.Side.data, .pushes] {
                var tracking = tracking(stage)
                tracking.lost(side)
                #expect(!tracking.isOn && !tracking.isTrusted(at(1_021)))
                #expect(tracking.nextWake == nil)
                #expect(tracking.accepted(at(1_030)) == .nothing)
                #expect(tracking.cameBack(at(1_030)) == .nothing)
                if stage == .on { #expect(tracking.doubt == (side == .data ? .noData : .noPushes)) }
            }
        }
        var tracking = tracking(.on)
        tracking.lost(.data)
        #expect(tracking.connected(.data, at(1_100)) == .track(7), "the other one needs not subscribe again")
        tracking = self.tracking(.on)
        tracking.lost(.pushes)
        #expect(tracking.connected(.pushes, at(1_100)) == .subscribe)
        #expect(tracking.subscribed(as: 9, at(1_100)) == .track(9))
    }

    @Test("trusts what it heard for 1.8 s after the older of two answered pings was sent, whatever timers do")
    func trust() {
        var tracking = tracking(.on)
        #expect(tracking.isTrusted(at(2_799)) && !tracking.isTrusted(at(2_800)))
        #expect(tracking.nextWake == at(1_800))
        #expect(tracking.wake(at(1_799)) == .nothing)
        #expect(tracking.wake(at(1_800)) == .ping)
        #expect(tracking.nextWake == at(2_600))
        tracking.answered(.data, sentAt: at(1_800))
        #expect(!tracking.isTrusted(at(2_800)), "the other one did not answer")
        tracking.answered(.pushes, sentAt: at(1_800))
        #expect(tracking.isTrusted(at(3_599)) && !tracking.isTrusted(at(3_600)))
        // An answer that lay there while the process was stopped proves what it proved when its ping was sent.
        tracking.answered(.pushes, sentAt: at(1_700))
        #expect(tracking.provenAt == at(1_800))
        #expect(tracking.isOn && !tracking.isTrusted(at(60_000)))
    }

    @Test("makes the connection that hears of changes anew, after a moment, where Redis does not know its number")
    func otherServer() {
        var tracking = self.tracking(.trying)
        tracking.refused("CLIENT TRACKING", .generic, at(1_000))
        #expect(tracking.wake(at(3_999)) == .nothing)
        #expect(tracking.wake(at(4_000)) == .reconnectPushes)
    }

    @Test("waits half a minute after a refusal, and asks anew for what was refused")
    func refused() {
        var tracking = tracking(.subscribing)
        tracking.refused("SUBSCRIBE", .notPermitted, at(1_000))
        #expect(tracking.doubt == .refused("SUBSCRIBE", .notPermitted))
        #expect(tracking.doubt?.description.contains("NOPERM") == true)
        #expect(tracking.wake(at(30_999)) == .nothing)
        #expect(tracking.wake(at(31_000)) == .reconnectPushes)
        var later = self.tracking(.pausing)
        later.lost(.data)
        #expect(later.doubt == .refused("CLIENT TRACKING", .notPermitted), "the reason stays")
        #expect(later.connected(.data, at(1_500)) == .track(7), "another server may not refuse")
    }

    @Test("takes no push for its own trial after it gave the trial up")
    func late() {
        var tracking = tracking(.accepted)
        #expect(tracking.wake(at(2_000)) == .reconnectPushes)
        #expect(tracking.cameBack(at(2_001)) == .nothing && !tracking.isOn)
        #expect(tracking.doubt == .unproven)
    }
}
