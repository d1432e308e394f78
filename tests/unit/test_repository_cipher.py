"""What is encrypted can be decrypted as what it was, and as nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from reconcile.errors import BadInput, Damaged
from reconcile.repository.cipher import OVERHEAD, Cipher
from reconcile.repository.keys import derived, new_data_key

KEY = bytes(range(32))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100_000])
def test_what_was_encrypted_comes_back(size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    encrypted = bytes(Cipher(KEY).encrypted(data, bound_to="a"))

    assert len(encrypted) == size + OVERHEAD
    assert Cipher(KEY).decrypted(encrypted, bound_to="a", where="there") == data
    assert size < 16 or data not in encrypted


def test_the_same_content_is_never_encrypted_the_same_way_twice() -> None:
    cipher = Cipher(KEY)
    assert cipher.encrypted(b"content", bound_to="a") != cipher.encrypted(b"content", bound_to="a")


def test_every_changed_byte_is_found() -> None:
    cipher = Cipher(KEY)
    encrypted = bytes(cipher.encrypted(b"content", bound_to="a"))
    for place in range(len(encrypted)):
        changed = bytearray(encrypted)
        changed[place] ^= 1
        with pytest.raises(Damaged, match="there"):
            cipher.decrypted(bytes(changed), bound_to="a", where="there")


def test_content_under_another_name_is_found() -> None:
    encrypted = bytes(Cipher(KEY).encrypted(b"content", bound_to="a"))
    with pytest.raises(Damaged):
        Cipher(KEY).decrypted(encrypted, bound_to="b", where="there")


def test_another_key_gives_no_garbage() -> None:
    encrypted = bytes(Cipher(KEY).encrypted(b"content", bound_to="a"))
    with pytest.raises(Damaged):
        Cipher(new_data_key()).decrypted(encrypted, bound_to="a", where="there")


@pytest.mark.parametrize("size", [0, 1, OVERHEAD - 1])
def test_what_is_too_short_is_found(size: int) -> None:
    with pytest.raises(Damaged):
        Cipher(KEY).decrypted(bytes(size), bound_to="a", where="there")


def test_threads_share_a_cipher() -> None:
    cipher = Cipher(KEY)
    contents = [bytes([number]) * 5000 for number in range(64)]

    def there_and_back(data: bytes) -> bytes:
        encrypted = bytes(cipher.encrypted(data, bound_to=str(data[0])))
        return cipher.decrypted(encrypted, bound_to=str(data[0]), where="there")

    with ThreadPoolExecutor(8) as several:
        assert list(several.map(there_and_back, contents)) == contents


def test_keys_differ_by_purpose_and_by_repository_and_come_again() -> None:
    first, second = derived(KEY, repository="one"), derived(KEY, repository="two")

    keys = [one for keys in (first, second) for one in (keys.content, keys.ids, keys.sealing)]
    assert len({*keys, KEY}) == 7
    assert derived(KEY, repository="one") == first


def test_no_key_is_ever_shown() -> None:
    assert repr(derived(KEY, repository="one")) == "Keys()"


def test_a_data_key_of_another_length_is_refused_without_being_shown() -> None:
    with pytest.raises(BadInput) as told:
        derived(b"secret", repository="one")
    assert "secret" not in str(told.value)
