import Reports
import TestSupport
import Testing

@Suite struct ReportFuzzTests {
    @Test func `a hundred thousand damaged reports are all read`() async throws {
        let samples = try ReportTests.expected.map { try sample($0.0) }
        let total = await withTaskGroup { group in
            for part in 0..<10 {
                group.addTask {
                    var random = Seeded(UInt64(part))
                    return (0..<10_000).count { _ in
                        let report = Report(random.damaged(samples))
                        return ReportClass.allCases.contains(report.verdict) && report.marks.count < 40
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 100_000)
    }
}

extension Seeded {
    /// One of them, with a few bytes changed, pieces lost, doubled, and put in from another.
    mutating func damaged(_ samples: [[UInt8]]) -> [UInt8] {
        var bytes = samples[below(samples.count)]
        for _ in 0..<below(12) where !bytes.isEmpty {
            let place = below(bytes.count)
            let end = min(bytes.count, place + below(200))
            switch below(4) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
            default: bytes.insert(contentsOf: samples[below(samples.count)].prefix(below(500)), at: place)
            }
        }
        return bytes
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
