internal import GatehouseCore
internal import NIOCore
internal import NIOPosix

/// Why a Sentinel gave no answer.
struct SentinelFault: Error, Equatable, CustomStringConvertible, ExpressibleByStringInterpolation {
    let description: String

    init(description: String) { self.description = description }

    init(stringLiteral value: String) { description = value }
}

/// One question to one Sentinel, on a connection of its own that ends with the answer.
///
/// Belongs to one event loop; completes once, within its time.
final class SentinelQuestion: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Completion = (Result<SentinelAnswer, SentinelFault>) -> Void

    private var parser: ReplyParser
    /// The replies that come before the one that is asked for: to `AUTH`.
    private var greetings: Int
    private let octets: ByteBuffer
    private var completion: Completion?

    private init(_ settings: SentinelSettings, _ completion: @escaping Completion) throws(ReplyFault) {
        parser = try ReplyParser()
        var octets = ByteBuffer()
        if let password = settings.password {
            let user = settings.username.map { [Array($0.utf8)] } ?? []
            octets.writeCommand(RedisCommand("AUTH", user + [password.bytes]))
        }
        greetings = settings.password == nil ? 0 : 1
        octets.writeCommand(RedisCommand("SENTINEL get-master-addr-by-name", Array(settings.master.utf8)))
        self.octets = octets
        self.completion = completion
    }

    /// Asks where the master is.
    ///
    /// The limit is for connecting and answering together.
    static func ask(
        _ address: ServerAddress, _ settings: SentinelSettings, on eventLoop: any EventLoop, within limit: TimeAmount,
        completion: @escaping Completion
    ) {
        let question: SentinelQuestion
        do throws(ReplyFault) { question = try SentinelQuestion(settings, completion) } catch {
            return completion(.failure(SentinelFault(description: "\(error)")))
        }
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: limit) { question.end(.failure("no reply in time")) }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(limit)
        bootstrap.connection(to: address).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                guard question.completion != nil else { return channel.close(promise: nil) }
                channel.closeFuture.assumeIsolated().whenComplete { _ in deadline.cancel() }
                do { try channel.pipeline.syncOperations.addHandler(question) } catch {
                    channel.close(promise: nil)
                    question.end(.failure(SentinelFault(description: ConnectionReason.words(error))))
                }
            case .failure(let error):
                deadline.cancel()
                question.end(.failure("cannot connect: \(ConnectionReason.words(error))"))
            }
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        context.writeAndFlush(wrapOutboundOut(octets), promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end(.failure("the server closed the connection"))
    }

    private var context: ChannelHandlerContext?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while completion != nil {
            do throws(ReplyFault) {
                guard let reply = try parser.next(from: &buffer) else { return }
                received(reply)
            } catch {
                end(.failure("the server broke the protocol or its limits"))
            }
        }
    }

    private func received(_ reply: RedisReply) {
        guard greetings > 0 else { return end(.success(SentinelAnswer(reply))) }
        greetings -= 1
        if case .error(let code) = reply { end(.success(.refused(code))) }
    }

    func channelInactive(context: ChannelHandlerContext) { end(.failure("the server closed the connection")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(SentinelFault(description: ConnectionReason.words(error))))
    }

    private func end(_ result: Result<SentinelAnswer, SentinelFault>) {
        let completion = completion
        self.completion = nil
        context?.close(promise: nil)
        completion?(result)
    }
}
