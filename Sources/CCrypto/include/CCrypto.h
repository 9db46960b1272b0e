#ifndef COURANT_CRYPTO_H
#define COURANT_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

// What DKIM asks of libcrypto: RSA keys (RFC 8017) and Ed25519 keys (RFC 8032), and SHA-256. A key is libcrypto's own; it may be
// used on several threads at once.

enum courant_key_kind { courant_key_other = 0, courant_key_rsa = 1, courant_key_ed25519 = 2 };

// NULL where it is no private key in PEM, or one that asks for a passphrase.
void *courant_key_read(const uint8_t *pem, size_t length);
// Of a record's p=: SubjectPublicKeyInfo or RSAPublicKey (RFC 6376 section 3.6.1); 32 bytes for Ed25519 (RFC 8463). NULL where it is neither.
void *courant_key_read_public(const uint8_t *bytes, size_t length, int kind);
void *courant_key_make(int kind, int bits);
void courant_key_free(void *key);

int courant_key_kind(const void *key);
int courant_key_bits(const void *key);
// How many bytes were written, 0 where they did not fit.
size_t courant_key_write(const void *key, uint8_t *pem, size_t room);
size_t courant_key_write_public(const void *key, uint8_t *bytes, size_t room);

// Of the bytes' SHA-256: PKCS #1 v1.5 for RSA, PureEdDSA of the digest for Ed25519 (RFC 8463 section 3).
size_t courant_key_sign(const void *key, const uint8_t *bytes, size_t length, uint8_t *signature, size_t room);
int courant_key_verify(const void *key, const uint8_t *bytes, size_t length, const uint8_t *signature, size_t count);

void courant_sha256(const uint8_t *bytes, size_t length, uint8_t digest[32]);

#endif
