import ArgumentParser
import CCurl
import Foundation
import Synchronization
import Trials

/// The yardstick for distant relays: curl's own SMTP, which waits for each answer, an easy handle in each of many threads.
struct CurlWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "curl")
    @Argument var port: Int
    @Option var count = 1000
    @Option var connections = 8

    func run() async throws {
        _ = ccurl_global_init()
        let (sent, next) = (CurlTally(), CurlTally())
        let watch = Stopwatch()
        await withTaskGroup { group in
            for _ in 0..<connections {
                group.addTask { [port, count] in
                    await withCheckedContinuation { done in
                        Thread {
                            sent.add(CurlSender(port: port).send { next.add(1) <= count })
                            done.resume()
                        }.start()
                    }
                }
            }
        }
        var measured = watch.measured(sent.add(0))
        measured.failures = count - measured.count
        try measured.print()
    }
}

private final class CurlTally: Sendable {
    private let value = Atomic(0)

    @discardableResult func add(_ count: Int) -> Int { value.add(count, ordering: .relaxed).newValue }
}

/// One handle, kept for all its mails.
private final class CurlSender {
    private let handle = curl_easy_init()
    private let content = Array(repeating: UInt8(ascii: "x"), count: 76) + [13, 10]
    private var left = 0

    init(port: Int) {
        guard let handle else { return }
        _ = ccurl_set_string(handle, CURLOPT_URL, "smtp://127.0.0.1:\(port)/localhost")
        _ = ccurl_set_string(handle, CURLOPT_MAIL_FROM, "news@example.org")
        _ = ccurl_set_list(handle, CURLOPT_MAIL_RCPT, curl_slist_append(nil, "reader@example.org"))
        _ = ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
        _ = ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        _ = ccurl_set_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, sender in
            guard let sender else { return 0 }
            return Unmanaged<CurlSender>.fromOpaque(sender).takeUnretainedValue().fill(bytes, size * count)
        }
    }

    deinit { curl_easy_cleanup(handle) }

    /// Returns how many were accepted.
    func send(while isMore: () -> Bool) -> Int {
        var accepted = 0
        while isMore() {
            left = 10_240
            if curl_easy_perform(handle) == CURLE_OK { accepted += 1 }
        }
        return accepted
    }

    private func fill(_ bytes: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        var count = 0
        while left > 0, count + content.count <= room {
            content.withUnsafeBytes {
                UnsafeMutableRawPointer(bytes + count).copyMemory(
                    from: $0.baseAddress ?? UnsafeRawPointer(bytes), byteCount: $0.count)
            }
            count += content.count
            left -= content.count
        }
        return count
    }
}
