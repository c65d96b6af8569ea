"""After `up`: one real question and its answer, and the lines a person pastes next."""

import ssl
import time
from pathlib import Path

import httpx
from rich.console import Console

from eigenherd import pulumi, stages
from plan.machine import Handover

QUESTION = "What is the capital of Germany?"
SNIPPET = """\
  import ssl, httpx, openai                                     # pip install openai
  key = open("{header}").read().split()[-1]
  client = openai.OpenAI(base_url="{url}", api_key=key, http_client=httpx.Client(verify={verify}))
  for part in client.chat.completions.create(model="{model}", stream=True, max_tokens={tokens}, temperature=0,
          messages=[{{"role": "user", "content": "{question}"}}]):
      print(part.choices[0].delta.content or "", end="") if part.choices else None"""


def show(name: str, console: Console) -> None:
    handover = stages.handover_of(name)
    client = next(iter(handover.secrets.clients))
    seconds, answer = ask(handover, client)
    planned, home = handover.plan.models[0], Path(handover.folder)
    model, tokens = planned.name, planned.limits(100)["max_tokens"]
    authority = home / "ca.pem" if handover.secrets.ca_certificate else None
    header = home / "headers" / client
    messages = f'[{{"role": "user", "content": "{QUESTION}"}}]'
    body = f'{{"model": "{model}", "max_tokens": {tokens}, "temperature": 0, "messages": {messages}}}'
    curl = f"curl {f'--cacert {authority} ' if authority else ''}-H @{header} {handover.url}/chat/completions"
    verify = f'ssl.create_default_context(cafile="{authority}")' if authority else "True"
    console.print(f"\n[bold]{QUESTION}[/bold]\n{answer}\n[dim]{model}, {seconds:.1f} s[/dim]\n")
    pretended = any(machine.gpu and machine.gpu.simulated for machine in handover.plan.machines)
    verified = "[bold cyan]{}, SIMULATED: no GPU was tested[/]" if pretended else "[bold green]{}[/]"
    console.print(f"{verified.format(f'{name} is verified')}: {handover.url}\n")
    console.print(f"  {curl} \\\n    -H 'Content-Type: application/json' -d '{body}'\n", markup=False)
    snippet = SNIPPET.format(
        header=header, url=handover.url, verify=verify, model=model, tokens=tokens, question=QUESTION
    )
    console.print(snippet + "\n", markup=False)
    console.print(f"report      {pulumi.text_output(name, 'report')}")
    console.print(f"keep these  {_kept()}")


def ask(handover: Handover, client: str) -> tuple[float, str]:
    """One question through the gateway, as its clients do; seconds and the answer."""
    secrets = handover.secrets
    model = handover.plan.models[0]
    body = {"model": model.name, "messages": [{"role": "user", "content": QUESTION}], **model.limits(64)}
    verify = _trust(secrets.ca_certificate)
    headers = {"Authorization": f"Bearer {secrets.clients[client]}"}
    begun = time.monotonic()
    with httpx.Client(verify=verify, headers=headers, timeout=handover.plan.gateway.timeout_s) as http:
        reply = http.post(f"{handover.url}/chat/completions", json={**body, "temperature": 0})
    reply.raise_for_status()
    return time.monotonic() - begun, str(reply.json()["choices"][0]["message"]["content"]).strip()


def _trust(certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificate:
        context.load_verify_locations(cadata=certificate)
    return context


def _kept() -> str:
    environment = pulumi.variables()
    passphrase = environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "your PULUMI_CONFIG_PASSPHRASE")
    return f"{environment['PULUMI_BACKEND_URL'].removeprefix('file://')} (state) and {passphrase} (its passphrase)"
