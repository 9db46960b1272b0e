import CCurl
import Foundation

/// The sink's one thread.
final class SinkLoop {
    var listener: Int32
    let port: Int
    private let delays: SinkDelays
    private let (roundTrip, afterDot): (UInt64, UInt64)
    let journal: SinkJournal?
    var cues: ArraySlice<SinkCue>
    var dots = 0

    let set = cready_open()
    var connections: [Int32: SinkConnection] = [:]
    private var events = [cready_event](repeating: cready_event(), count: 64)

    /// What the next mails meet.
    var ailment: (fault: SinkFault, left: Int)?
    /// What must wait until the current events are dealt with.
    var spell: SinkFault?

    init(_ listener: Int32, port: Int, delays: SinkDelays, journal: SinkJournal?, cues: [SinkCue]) {
        (self.listener, self.port, self.delays, self.journal) = (listener, port, delays, journal)
        self.cues = cues.sorted { $0.dots < $1.dots }[...]
        roundTrip = UInt64(delays.roundTrip / .nanoseconds(1))
        afterDot = UInt64(delays.afterDot / .nanoseconds(1))
        cready_watch(set, listener, false, true)
    }

    deinit {
        close(listener)
        close(set)
    }

    /// `faults` gives one at a time of those that come without a cue.
    func run(faults: () -> SinkFault?, until isStopped: () -> Bool) {
        while !isStopped() {
            while let fault = faults() { begin(fault) }
            wait()
            let count = Int(cready_take(set, &events, Int32(events.count)))
            for index in 0..<max(0, count) {
                let socket = events[index].socket
                if socket == listener { accept() } else { serve(socket) }
            }
            if !delays.isNone {
                let now = monotonicClock()
                for connection in connections.values { connection.flush(now: now) }
            }
            if let spell {
                self.spell = nil
                suffer(spell)
            }
        }
        connections.removeAll()
    }

    /// For an event or the next delayed answer; a tenth of a second at the most, to see that it is over.
    private func wait() {
        var milliseconds = 100
        if !delays.isNone {
            let now = monotonicClock()
            for connection in connections.values {
                guard let due = connection.nextDue else { continue }
                milliseconds = min(milliseconds, due <= now ? 0 : Int((due - now) / 1_000_000) + 1)
            }
        }
        var set = pollfd(fd: set, events: Int16(POLLIN), revents: 0)
        poll(&set, 1, Int32(milliseconds))
    }

    private func accept() {
        while let descriptor = Sockets.accepted(by: listener) {
            if journal != nil { Sockets.stamp(descriptor) }
            let connection = SinkConnection(descriptor)
            connections[descriptor] = connection
            cready_watch(set, descriptor, false, true)
            reply(connection, "220 sink.example ESMTP\r\n")
            connection.flush(now: 0)
        }
    }

    private func serve(_ socket: Int32) {
        guard let connection = connections[socket] else { return }
        let goesOn = connection.read(stamped: journal != nil) { take($0, stamp: $1, connection) }
        connection.flush(now: delays.isNone ? 0 : monotonicClock())
        if !goesOn { connections[socket] = nil }
    }

    // MARK: SMTP

    private func reply(_ connection: SinkConnection, _ text: StaticString, thinking: UInt64 = 0) {
        if delays.isNone { return connection.answer(text) }
        connection.answer(text.description, roundTrip: roundTrip, thinking: thinking)
    }

    private func take(_ line: UnsafeRawBufferPointer, stamp: UInt64, _ connection: SinkConnection) {
        if connection.isInContent {
            if line.count == 3, line[0] == UInt8(ascii: ".") { return takeDot(stamp, connection) }
            if connection.isInHead { takeHeader(line, connection) }
            connection.letter?.append(contentsOf: line)
            return
        }
        switch (line.first.map { $0 & 0xDF }, line.count > 1 ? line[1] & 0xDF : 0) {
        case (UInt8(ascii: "E"), _):
            reply(connection, "250-sink.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n")
        case (UInt8(ascii: "M"), _): takeSender(stamp, connection)
        case (UInt8(ascii: "R"), UInt8(ascii: "C")): takeRecipient(line, connection)
        case (UInt8(ascii: "D"), _): takeData(connection)
        case (UInt8(ascii: "Q"), _):
            reply(connection, "221 2.0.0 bye\r\n")
            connection.flush(now: .max)
            connection.isClosed = true
        default: reply(connection, "250 2.0.0 ok\r\n")
        }
    }

    private func takeSender(_ stamp: UInt64, _ connection: SinkConnection) {
        connection.started = stamp
        connection.isRecipientRefused = false
        reply(connection, "250 2.1.0 ok\r\n")
    }

    private func takeRecipient(_ line: UnsafeRawBufferPointer, _ connection: SinkConnection) {
        guard let journal else { return reply(connection, "250 2.1.5 ok\r\n") }
        let inside = line.drop { $0 != UInt8(ascii: "<") }.dropFirst().prefix { $0 != UInt8(ascii: ">") }
        connection.recipient = String(decoding: inside, as: UTF8.self)
        journal.note { contents in
            contents.started[connection.recipient, default: []].append(connection.started)
            if !journal.looksInto(connection.recipient) { contents.lastStart = connection.started }
        }
        switch meet(.recipient) {
        case .refuse(let code, _, _)?: refuse(code, connection)
        case .farewell?: leave(connection)
        default: reply(connection, "250 2.1.5 ok\r\n")
        }
    }

    private func takeData(_ connection: SinkConnection) {
        if connection.isRecipientRefused { return reply(connection, "554 5.5.1 no valid recipients\r\n") }
        connection.isInContent = true
        connection.isInHead = journal != nil
        connection.messageID = ""
        connection.letter = journal?.looksInto(connection.recipient) == true ? [] : nil
        reply(connection, "354 go ahead\r\n")
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer, _ connection: SinkConnection) {
        if line.count <= 2 { connection.isInHead = false }
        guard line.count > 12, line[0] | 0x20 == UInt8(ascii: "m"), line[7] == UInt8(ascii: "-"),
            line[10] == UInt8(ascii: ":")
        else { return }
        connection.messageID = String(decoding: line.dropFirst(11), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private func takeDot(_ stamp: UInt64, _ connection: SinkConnection) {
        connection.isInContent = false
        dots += 1
        defer { followCues() }
        guard let journal else { return reply(connection, "250 2.0.0 ok\r\n", thinking: afterDot) }
        let recipient = connection.recipient
        let entry = SinkJournal.Entry(messageID: connection.messageID, at: stamp)
        let (fault, token) = (meet(.content), connection.token)
        journal.note { contents in
            contents.dots += 1
            if let token { contents.tokens[recipient] = token }
            switch fault {
            case .dropAfterDot(_, let keeps)?:
                contents.unanswered.insert(recipient)
                if keeps { contents.accepted[recipient, default: []].append(entry) }
            case .refuse?, .farewell?: break
            default: contents.accepted[recipient, default: []].append(entry)
            }
        }
        switch fault {
        case .refuse(let code, _, _)?: refuse(code, connection)
        case .farewell?: leave(connection)
        case .dropAfterDot?: connection.isClosed = true
        default: reply(connection, "250 2.0.0 ok\r\n", thinking: afterDot)
        }
    }

    func refuse(_ code: Int, _ connection: SinkConnection) {
        let recipient = connection.recipient
        connection.isRecipientRefused = true
        if code >= 500 { journal?.note { $0.refused.insert(recipient) } }
        connection.answer(code >= 500 ? "\(code) 5.2.0 not here\r\n" : "\(code) 4.2.0 not now\r\n")
    }

    func leave(_ connection: SinkConnection) {
        reply(connection, "421 4.3.2 closing\r\n")
        connection.flush(now: .max)
        connection.isClosed = true
    }
}
