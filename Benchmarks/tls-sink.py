"""A relay that takes everything over TLS (or, without a second argument, in the clear): tls-sink.py PORT [DIRECTORY]."""
import asyncio
import ssl
import sys


class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.rest, self.in_content = transport, b"", False
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data):
        self.rest += data
        answer = b""
        while True:
            if self.in_content:
                end = self.rest.find(b"\r\n.\r\n")
                if end < 0:
                    break
                self.rest, self.in_content = self.rest[end + 5 :], False
                answer += b"250 2.0.0 ok\r\n"
                continue
            line, found, rest = self.rest.partition(b"\r\n")
            if not found:
                break
            self.rest = rest
            verb = line[:4].upper()
            if verb == b"EHLO":
                answer += b"250-sink.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
            elif verb == b"DATA":
                self.in_content = True
                answer += b"354 go ahead\r\n"
            elif verb == b"QUIT":
                self.transport.write(answer + b"221 2.0.0 bye\r\n")
                return self.transport.close()
            else:
                answer += b"250 2.1.0 ok\r\n"
        if answer:
            self.transport.write(answer)


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{sys.argv[2]}/certificate.pem", f"{sys.argv[2]}/key.pem")
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", int(sys.argv[1]), ssl=context)
    await server.serve_forever()


asyncio.run(main())
