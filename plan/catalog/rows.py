"""What a row of each catalogue file says; every row names its source and date."""

from typing import Literal

from pydantic import Field

from plan.driver import Built, DriverSource, Modules, System
from plan.plan import Effort, Prompt
from plan.sizing.value import EngineName
from plan.value import Value

Architecture = Literal["kepler", "maxwell", "pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell"]


class Row(Value):
    """A known fact. confirmed: false where the source is general knowledge or doubtful."""

    source: str
    date: str
    confirmed: bool = True


class GpuRow(Row):
    """An NVIDIA card. fp16_tflops: dense tensor, FP32 accumulate. also: other names for it.

    pci_ids: its device ids, of vendor 10de. nvswitch: it sits on a board that needs NVIDIA's fabric manager.
    geforce: its driver's licence says where it may work.
    """

    name: str
    also: tuple[str, ...] = ()
    vram_gib: int
    bandwidth_gbs: int
    fp16_tflops: float
    compute_capability: str
    architecture: Architecture
    pci_ids: tuple[str, ...]
    nvswitch: bool = False
    geforce: bool = False
    tdp_w: int


class ArchitectureRow(Row):
    """A generation of cards. modules: the recommended first. cuda: newest family that computes on it."""

    name: Architecture
    capabilities: tuple[str, ...]
    modules: tuple[Modules, ...]
    first_branch: int = 0
    last_branch: int | None = None
    cuda: int


class ModelRow(Row):
    """A model's architecture, as far as its memory depends on it.

    layout: llama.cpp's name of the architecture (layouts.toml). feed_forward: of one expert where there are experts.
    tied: the embedding serves as output, too. quant: of the published files; overrides: types of parts that differ
    from that mixture. projector: bytes of the vision part in Ollama's file.
    window: tokens a sliding-window layer sees, 0 without such layers; global_layers: those without a window.
    size: bytes of the published quantised files. licence: a row of licences.toml.
    effort: see plan.plan.Model.
    """

    name: str
    title: str
    parameters: int
    active_parameters: int | None = None
    layout: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    feed_forward: int
    experts: int = 0
    experts_used: int = 0
    tied: bool = False
    quant: str
    overrides: dict[str, str] = Field(default_factory=dict)
    projector: int = 0
    vocabulary: int
    context: int
    window: int = 0
    global_layers: int | None = None
    size: int
    licence: str
    effort: Effort | None = None


class LicenceRow(Row):
    """What a model's licence allows. company: business use. eu: granted to those in the EU. terms: in our words."""

    name: str
    company: bool
    eu: bool
    terms: str


class BoardRow(Row):
    """What a healthy board of the catalogue's GPU `name` reports; a field that is not known is left out.

    pcie_generation, pcie_width: of the board; a slot may offer less. memory_mib, memory_ecc_mib: as nvidia-smi
    reports it, with ECC off (or with memory that has ECC built in), and with ECC on.
    ecc: the modes it may be in, the delivered one first. power_w: its default limit; partners: companies sell such
    boards with limits of their own. nvlink: none, over a bridge that may be missing, or on
    the board. slowdown_c: where it slows down. lacks: what it has not, so that nvidia-smi's N/A is the right answer.
    """

    name: str
    pcie_generation: int | None = None
    pcie_width: int | None = None
    memory_mib: int | None = None
    memory_ecc_mib: int | None = None
    ecc: tuple[Literal["Enabled", "Disabled"], ...] = ()
    power_w: int | None = None
    partners: bool = False
    slowdown_c: int | None = None
    nvlink: Literal["none", "bridge", "board"] | None = None
    lacks: tuple[Literal["ecc", "row_remapping", "page_retirement"], ...] = ()


class XidRow(Row):
    """What to do about error numbers that the driver writes into the kernel log as `Xid`.

    meaning: fatal (the card or its link), application (the program that ran), recovery (the line itself says what
    is needed), none.
    """

    action: str
    meaning: Literal["fatal", "application", "recovery", "none"]
    numbers: tuple[int, ...]


class PromptsRow(Row):
    """Questions with known answers; least_score is measured_score minus two, at least 1."""

    model: str
    runs: int
    measured_score: int
    least_score: int
    prompts: tuple[Prompt, ...]


class DriverRow(Row):
    """An NVIDIA driver branch. cuda: newest CUDA family it runs."""

    branch: int
    kind: Literal["lts", "production", "feature"]
    end_of_life: str
    cuda: int


class SystemRow(Row):
    """An operating system with its kernels, by the ends of their packages' names. end_of_life: of security updates."""

    name: System
    title: str
    kernels: tuple[str, ...]
    end_of_life: str = ""


class DriverPackagesRow(Row):
    """The driver's packages of one source, as templates; see driver_packages.toml."""

    name: DriverSource
    title: str
    systems: tuple[System, ...]
    branches: tuple[int, ...]
    built: Built
    components: tuple[str, ...] = ()
    pinning: str | None = None
    open: tuple[str, ...]
    proprietary: tuple[str, ...]
    fails: str = ""
    open_fails: str = ""


class DriverRepositoryRow(Row):
    """NVIDIA's repository for some systems, and the key that signs it; see driver_repositories.toml."""

    systems: tuple[System, ...]
    url: str
    key: str
    fingerprint: str


class DriverLicenceRow(Row):
    """What the driver's licence says of GeForce cards, in our words."""

    clause: str
    geforce: str


class TorchBuildRow(Row):
    """A CUDA build of torch. capability and torch: from the first to the last."""

    name: str
    cuda: str
    capability: tuple[str, str]
    torch: tuple[str, str]


class EngineFloorRow(Row):
    """What an engine asks for on a GPU; advisories are closed in least_version."""

    name: str
    title: str
    least_version: str
    advisories: tuple[str, ...]
    least_driver: int
    least_capability: str
    compiles: bool


class PythonRow(Row):
    """A locked virtual environment; lock is a file of plan/locks. cuda: that of torch in it."""

    name: str
    version: str
    lock: str
    cuda: str = ""
    installed_mib: int


class EngineRow(Row):
    """An inference server. folders: it reads a model as a folder of files. vram_share: of a card, that it takes.

    tensors: it splits every layer over the cards, by heads.
    """

    name: EngineName
    version: str
    port: int
    user: str
    python: str = ""
    several_models: bool
    gpu: bool
    cpu: bool = True
    folders: bool = False
    tensors: bool = False
    vram_share: float = 1.0
    most_slots: int
