"""Writes api-keys.json: whole keys, their digests and what is kept of them, computed from the format's description alone.

    python3 make_api_key_vectors.py > api-keys.json      (made with Python 3.11.7; bcrypt by its module crypt)
"""
import crypt
import hashlib
import hmac
import json
import uuid

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number, width):
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    assert number == 0
    return text


def hkdf_sha256(secret, info, length=32):  # RFC 5869, without a salt
    key = hmac.new(b"\0" * 32, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


def vector(pepper, key_id, secret):
    body = base62(uuid.UUID(key_id).int, 22) + secret
    digest = hmac.new(hkdf_sha256(pepper, b"mcpsecure api key digest v1"), body.encode(), hashlib.sha256).digest()
    checksum = base62(int.from_bytes(digest[:6], "big") % 62**8, 8)
    salt = "$2a$10$" + hashlib.sha256(body.encode()).hexdigest()[:21] + "."
    kept = crypt.crypt(body, salt)
    return {"pepper": pepper.hex(), "id": key_id, "body": body, "digest": digest.hex(), "text": "mcp_sk_" + body + checksum, "kept": kept}


if __name__ == "__main__":
    print(json.dumps(
        [
            vector(bytes(range(32)), "0190b5a1-7c3e-7d21-8f00-0123456789ab", "s3cretS3cretS3cretS3cretS3cretS3cretS3cret0"),
            vector(b"\xff" * 32, "ffffffff-ffff-ffff-ffff-ffffffffffff", "z" * 43),
            vector(b"\0" * 32, "00000000-0000-0000-0000-000000000000", "0" * 43),
            vector(hashlib.sha256(b"pepper").digest(), "01939c2e-5f00-7abc-9def-00c0ffee0001", "Ab0" * 14 + "x"),
        ],
        indent=2))
