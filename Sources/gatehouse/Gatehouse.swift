internal import ArgumentParser
@main struct Gatehouse: ParsableCommand {}
