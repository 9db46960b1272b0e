#include "CCrypto.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

// What went wrong is told by what is returned; nothing is left for the next who asks libcrypto on this thread.
static void *result(EVP_PKEY *key) {
    ERR_clear_error();
    return key;
}

void *courant_key_read(const uint8_t *pem, size_t length) {
    if (length > INT_MAX) return NULL;
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    if (bio == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    return result(key);
}

void *courant_key_read_public(const uint8_t *bytes, size_t length, int kind) {
    if (length > 8192) return NULL;
    if (kind == courant_key_ed25519)
        return result(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, length));
    const uint8_t *place = bytes;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &place, (long)length);
    if (key != NULL && EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    place = bytes;
    if (key == NULL) key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &place, (long)length);
    return result(key);
}

void *courant_key_make(int kind, int bits) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(kind == courant_key_ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_RSA, NULL);
    if (context == NULL || EVP_PKEY_keygen_init(context) != 1
        || (kind != courant_key_ed25519 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) != 1)
        || EVP_PKEY_keygen(context, &key) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return result(key);
}

void courant_key_free(void *key) { EVP_PKEY_free(key); }

int courant_key_kind(const void *key) {
    switch (EVP_PKEY_base_id((const EVP_PKEY *)key)) {
    case EVP_PKEY_RSA: return courant_key_rsa;
    case EVP_PKEY_ED25519: return courant_key_ed25519;
    default: return courant_key_other;
    }
}

int courant_key_bits(const void *key) { return EVP_PKEY_bits((const EVP_PKEY *)key); }

size_t courant_key_write(const void *key, uint8_t *pem, size_t room) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return 0;
    char *text = NULL;
    size_t written = 0;
    if (PEM_write_bio_PKCS8PrivateKey(bio, (EVP_PKEY *)key, NULL, NULL, 0, NULL, NULL) == 1) {
        long count = BIO_get_mem_data(bio, &text);
        if (count > 0 && (size_t)count <= room) {
            memcpy(pem, text, (size_t)count);
            written = (size_t)count;
        }
        if (count > 0) OPENSSL_cleanse(text, (size_t)count);
    }
    BIO_free(bio);
    ERR_clear_error();
    return written;
}

size_t courant_key_write_public(const void *key, uint8_t *bytes, size_t room) {
    if (courant_key_kind(key) == courant_key_ed25519) {
        size_t count = room;
        return EVP_PKEY_get_raw_public_key((const EVP_PKEY *)key, bytes, &count) == 1 ? count : 0;
    }
    int count = i2d_PUBKEY((EVP_PKEY *)key, NULL);
    if (count <= 0 || (size_t)count > room) return 0;
    uint8_t *place = bytes;
    return (size_t)i2d_PUBKEY((EVP_PKEY *)key, &place);
}

size_t courant_key_sign(const void *key, const uint8_t *bytes, size_t length, uint8_t *signature, size_t room) {
    uint8_t digest[32];
    int is_rsa = courant_key_kind(key) == courant_key_rsa;
    size_t count = room;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return 0;
    if (!is_rsa) courant_sha256(bytes, length, digest);
    int done = EVP_DigestSignInit(context, NULL, is_rsa ? EVP_sha256() : NULL, NULL, (EVP_PKEY *)key) == 1
        && EVP_DigestSign(context, signature, &count, is_rsa ? bytes : digest, is_rsa ? length : sizeof digest) == 1;
    EVP_MD_CTX_free(context);
    if (!done) ERR_clear_error();
    return done ? count : 0;
}

int courant_key_verify(const void *key, const uint8_t *bytes, size_t length, const uint8_t *signature, size_t count) {
    uint8_t digest[32];
    int is_rsa = courant_key_kind(key) == courant_key_rsa;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return 0;
    if (!is_rsa) courant_sha256(bytes, length, digest);
    int done = EVP_DigestVerifyInit(context, NULL, is_rsa ? EVP_sha256() : NULL, NULL, (EVP_PKEY *)key) == 1
        && EVP_DigestVerify(context, signature, count, is_rsa ? bytes : digest, is_rsa ? length : sizeof digest) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return done;
}

void courant_sha256(const uint8_t *bytes, size_t length, uint8_t digest[32]) { SHA256(bytes, length, digest); }
