import Foundation

/// A file on its way out: opened and measured before the request begins, read by the client's thread as the other end takes it.
package final class HTTPFile: Sendable {
    private let descriptor: Int32
    package let size: Int64

    /// Nil where there is no readable file.
    package init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int64(facts.st_size)
    }

    deinit { close(descriptor) }

    /// Up to as many bytes as there is room for, from `place` on. 0 at the end, -1 where it cannot be read.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int64) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        return pread(descriptor, base, buffer.count, off_t(place))
    }
}
