"""A browser's part in JupyterHub: log in, start one's server, wait for it."""

import time

import requests


class Hub:
    """The hub at a URL, as one person sees it."""

    def __init__(self, url: str, person: str) -> None:
        self._url, self._person = url, person
        self._session = requests.Session()
        self._session.trust_env = False

    def login(self, password: str) -> bool:
        """Whether the hub let the person in."""
        self._session.get(f"{self._url}/hub/login", timeout=30)
        form = {"username": self._person, "password": password, "_xsrf": self._session.cookies["_xsrf"]}
        self._session.post(f"{self._url}/hub/login", data=form, timeout=60)
        return self._session.get(f"{self._url}/hub/home", timeout=30).url.endswith("/hub/home")

    def spawn(self) -> None:
        """Starts the person's server and waits until it is ready, or until the hub gives it up."""
        answer = self._api("POST", "/server")
        assert answer.status_code in (201, 202), f"the hub starts no server: {answer.status_code} {answer.text}"
        while not (server := self._api("GET", "").json()["servers"].get("", {})).get("ready"):
            assert server.get("pending") == "spawn", f"the server's start has failed: {server}"
            time.sleep(1)

    def _api(self, method: str, path: str) -> requests.Response:
        headers = {"X-XSRFToken": self._session.cookies.get("_xsrf", path="/hub/") or ""}
        address = f"{self._url}/hub/api/users/{self._person}{path}"
        return self._session.request(method, address, headers=headers, timeout=60)
