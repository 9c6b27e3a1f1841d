"""The Wyoming protocol (JSON lines and PCM over TCP): Koemado for Home Assistant, and a recogniser elsewhere for Koemado.

asyncio lives in `service` and `connection` only; recognition, speech and the assistant run in threads.
"""
