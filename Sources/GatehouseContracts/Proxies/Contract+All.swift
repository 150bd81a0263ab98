extension Contract {
    /// Every contract: one line each.
    package static let all: InlineArray<_, Contract> = [
        .authRequest,
        .forwardAuth,
        .extAuthz,
    ]
}
