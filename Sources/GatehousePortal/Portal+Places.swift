internal import GatehouseOIDC

extension Portal {
    /// The one table of the portal's places: what is asked for there, and who answers.
    ///
    /// A new page is a line here and its own file, which gets of the ports what it uses.
    static func places(_ ports: Ports) -> [PlaceTable.Row] {
        let (flows, address) = (Flows(ports), ports.settings.address)
        func row(_ place: Place, _ answers: Answers) -> PlaceTable.Row {
            PlaceTable.Row(place: place, answers: answers)
        }
        func moved(to link: Link) -> Answers { .page { _ in Reply(seeOther: link) } }
        let (account, signOut, setup) = (flows.account, flows.signOut, flows.setup)
        let (ownPassword, reset, byLink) = (flows.ownPassword, flows.reset, flows.linkPassword)
        let required = flows.requiredPassword
        return [
            row(.home, .page(account.home)),

            row(
                .signIn,
                .page(
                    flows.signInPage.page,
                    form: .init("sign-in", isOffered: flows.signIn.isOffered, flows.signIn.signIn))),
            row(.signInPassword, .page(required.page, form: .init("new-password", required.set))),
            row(.onward, .page(flows.onward.goOn)),

            row(.account, .page(account.page)),
            row(.accountPassword, .page(ownPassword.page, form: .init("password", ownPassword.change))),
            row(.accountSessions, .form(.init("sessions", account.endSessions))),
            row(
                .accountIdentities,
                .form(
                    .init(
                        "identities", isOffered: flows.identities.identities != nil, flows.identities.unlink))),
            row(.signOut, .page(signOut.page, form: .init("sign-out", endsAccess: true, signOut.signOut))),

            row(.reset, .page(reset.page, form: .init("reset", isOffered: reset.links != nil, reset.ask))),
            row(.resetPassword, .page(byLink.page, form: .init("new-password", byLink.set))),
            row(.changePassword, moved(to: Link(.accountPassword, of: address))),

            row(.setup, .page(setup.page, form: .init("setup", isOffered: setup.setup != nil, setup.setUp))),

            row(.denied, .anywhere(flows.standIn.denied)),
            row(.failedCheck, .anywhere(flows.standIn.failedCheck)),

            row(.favicon, moved(to: Link(file: .mark, of: address))),
        ] + StaticFile.all.map { file in row(.file(file), .page { _ in Reply(file) }) }
            + flows.providers.flatMap { rows(of: $0) }
    }

    /// The places of one provider, with its sign where it has one.
    private static func rows(of flow: ProviderFlow) -> [PlaceTable.Row] {
        let name = flow.handler.provider.name
        var rows = [
            PlaceTable.Row(place: .provider(name), answers: .foreign(flow.handler.start)),
            PlaceTable.Row(
                place: .providerCallback(name), answers: .foreign(flow.handler.callback, post: flow.post.passOn)),
            PlaceTable.Row(place: .providerSignOut(name), answers: .foreign(nil, post: flow.messages.take)),
        ]
        if let logo = flow.logo {
            rows.append(PlaceTable.Row(place: .file(logo), answers: .page { _ in Reply(logo) }))
        }
        return rows
    }
}
