"""Writes prefixed-keys.json and imported-keys.json: keys of another prefix, and keys of platforms of before with what finds and proves them.

    python3 make_further_key_vectors.py      (made with Python 3.11.7; bcrypt by its module crypt)

The text and the salted hash of an imported key are made as the platform of before made them: base64.urlsafe_b64encode, hashlib.sha256(salt + key).
"""
import base64
import crypt
import hashlib
import hmac
import json
import uuid

from make_api_key_vectors import base62, hkdf_sha256


def prefixed(pepper, prefix, key_id, secret):
    body = base62(uuid.UUID(key_id).int, 22) + secret
    digest = hmac.new(hkdf_sha256(pepper, b"mcpsecure api key digest v1"), (prefix + body).encode(), hashlib.sha256).digest()
    return {"pepper": pepper.hex(), "prefix": prefix, "id": key_id, "text": prefix + body + base62(int.from_bytes(digest[:6], "big") % 62**8, 8)}


def imported(pepper, key_id, random_bytes, salt):
    text = f"mlcp_{base64.urlsafe_b64encode(random_bytes).decode('ascii')}"
    body = base62(uuid.UUID(key_id).int, 22) + text.removeprefix("mlcp_")
    return {
        "pepper": pepper.hex(), "id": key_id, "text": text, "salt": salt.encode().hex(),
        "hash": hashlib.sha256(salt.encode("utf-8") + text.encode("utf-8")).hexdigest(),
        "digest": hmac.new(hkdf_sha256(pepper, b"mcpsecure imported api key digest v1"), text.encode(), hashlib.sha256).hexdigest(),
        "kept": crypt.crypt(body, "$2a$10$" + hashlib.sha256(body.encode()).hexdigest()[:21] + "."),
    }


def write(name, vectors):
    with open(name, "w", encoding="ascii") as file:
        json.dump(vectors, file, indent=2)
        file.write("\n")


write("prefixed-keys.json", [
    prefixed(bytes(range(32)), "acme_live_", "0190b5a1-7c3e-7d21-8f00-0123456789ab", "s3cretS3cretS3cretS3cretS3cretS3cretS3cret0"),
    prefixed(b"\xff" * 32, "a1_", "ffffffff-ffff-ffff-ffff-ffffffffffff", "z" * 43),
    prefixed(b"\0" * 32, "abcdefghijklmnopqrstuvwxyz01234_", "00000000-0000-0000-0000-000000000000", "0" * 43),
])
write("imported-keys.json", [
    imported(bytes(range(32)), "0190b5a1-7c3e-7d21-8f00-0123456789ab", bytes(range(32)), "a platform's salt"),
    imported(b"\xff" * 32, "ffffffff-ffff-ffff-ffff-ffffffffffff", b"\xff" * 32, "s"),
    imported(hashlib.sha256(b"pepper").digest(), "01939c2e-5f00-7abc-9def-00c0ffee0001", hashlib.sha256(b"key").digest(), "Salz für Schlüssel"),
])
