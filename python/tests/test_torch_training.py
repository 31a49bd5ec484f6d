"""Modules of torch, their optimizers, schedulers, scalers and samplers: restored, saved and resumed."""

import itertools
import re

import numpy as np
import pytest

import cairn

torch = pytest.importorskip("torch")

from cairn.torch import ShuffledBatches  # noqa: E402


class Net(torch.nn.Module):
    """A module with everything that `state_dict` treats in its own way."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(3, 4)
        self.b = torch.nn.Linear(3, 4)
        self.b.weight = self.a.weight  # tied
        self.norm = torch.nn.BatchNorm1d(4)
        self.register_buffer("not_saved", torch.zeros(2), persistent=False)
        self.low = torch.nn.Parameter(torch.zeros(2, 2, dtype=torch.bfloat16))
        self.turned = torch.nn.Parameter(torch.rand(4, 3).t())
        self.frozen = torch.nn.Parameter(torch.rand(4), requires_grad=False)
        self.register_buffer("no_rows", torch.zeros(0, 3))
        self.register_buffer("mask", torch.tensor([True, False]))
        self.extra = Extra()

    def forward(self, x):
        return (
            self.norm(self.a(x) + self.b(x) + x @ self.turned) * self.frozen
            + self.low.float().sum()
        )


class Extra(torch.nn.Module):
    """A module that keeps a value which is not a tensor."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def get_extra_state(self):
        return {"calls": self.calls}

    def set_extra_state(self, state):
        self.calls = state["calls"]


def state_of(module):
    return {
        name: value
        for name, value in module.state_dict().items()
        if isinstance(value, torch.Tensor)
    }


def assert_equal_states(a, b):
    a, b = state_of(a), state_of(b)
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


@pytest.mark.parametrize("name", ["m.safetensors", "m.npz", "m"])
def test_a_module_is_restored_in_place(tmp_path, name):
    source, model = Net(), Net()
    with torch.no_grad():
        for value in state_of(source).values():
            value.copy_(torch.ones_like(value))
    cairn.save(tmp_path / name, state_of(source))
    memories = {key: value.data_ptr() for key, value in state_of(model).items()}
    plan = cairn.plan(model, tmp_path / name)
    assert plan.missing == [] and plan.unexpected == []
    assert plan.apply() is model
    assert_equal_states(source, model)
    assert memories == {key: value.data_ptr() for key, value in state_of(model).items()}
    assert model.a.weight is model.b.weight and model.a.weight.requires_grad


def test_of_tied_tensors_the_last_one_wins_as_in_torch(tmp_path):
    values = state_of(Net())
    values = {n: v.clone() + 1 if v.is_floating_point() else v for n, v in values.items()}
    values["a.weight"] = values["a.weight"] + 5
    ours, theirs = Net(), Net()
    cairn.plan(ours, values).apply()
    theirs.load_state_dict(values, strict=False)
    assert_equal_states(ours, theirs)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_lazy_module_gets_its_shape(tmp_path):
    model = torch.nn.Sequential(torch.nn.LazyLinear(4))
    cairn.plan(
        model, {"0.weight": np.ones((4, 3), np.float32), "0.bias": np.ones(4, np.float32)}
    ).apply()
    assert model[0].weight.shape == (4, 3) and model[0].weight.sum() == 12


def test_a_sparse_parameter_is_refused():
    model = torch.nn.Module()
    model.register_buffer("s", torch.eye(3).to_sparse())
    with pytest.raises(cairn.InvalidArgumentError, match="'s'.*sparse"):
        cairn.plan(model, {})


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True),
    "adagrad": lambda p: torch.optim.Adagrad(p),
    "lbfgs": lambda p: torch.optim.LBFGS(p, max_iter=2),
}
SCHEDULERS = {
    "step": lambda o: torch.optim.lr_scheduler.StepLR(o, 3),
    "lambda": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: 1 / (n + 1)),
    "one cycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=100),
    "steps": lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [2, 5]),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "sequence": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o,
        [
            torch.optim.lr_scheduler.ConstantLR(o, 0.1),
            torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
        ],
        [4],
    ),
}


class Training:
    """A training of torch, which can be continued."""

    def __init__(self, directory, optimizer="adam", scheduler="step", **options):
        torch.manual_seed(5)
        self.net = Net()
        used = [p for p in self.net.parameters() if p.requires_grad]
        if optimizer == "lbfgs":  # it takes contiguous gradients alone
            used = [p for p in used if p.is_contiguous()]
        self.optimizer = OPTIMIZERS[optimizer](used)
        self.scheduler = SCHEDULERS[scheduler](self.optimizer)
        self.saver = cairn.ModelSaver(
            directory,
            model=self.net,
            optimizer=self.optimizer,
            scheduler=self.scheduler,
            every_n_steps=4,
            monitors=False,
            **options,
        )

    def loss(self):
        self.optimizer.zero_grad()
        loss = torch.nn.functional.dropout(self.net(torch.rand(8, 3))).square().sum()
        loss.backward()
        return loss

    def run(self, num_steps):
        with self.saver:
            start = self.saver.resume()
            for step in range(start.step, num_steps):
                self.net.extra.calls += 1
                self.optimizer.step(self.loss)
                self.scheduler.step()
                self.saver.step(step)
        return start


def plain(value):
    """Returns a state with the bytes of tensors in the place of the tensors."""
    if isinstance(value, torch.Tensor):
        flat = value.detach().contiguous().reshape(-1).view(torch.uint8)
        return str(value.dtype), tuple(value.shape), bytes(flat.tolist())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def assert_equal_optimizers(a, b):
    assert plain(a.state_dict()) == plain(b.state_dict())


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    [*itertools.product(OPTIMIZERS, ["step"]), *itertools.product(["adam"], SCHEDULERS)],
)
@pytest.mark.filterwarnings("ignore")  # schedulers of torch warn of each other
def test_every_optimizer_and_scheduler_goes_on_bit_by_bit(tmp_path, optimizer, scheduler):
    whole = Training(tmp_path / "whole", optimizer, scheduler)
    whole.run(11)
    Training(tmp_path / "parts", optimizer, scheduler).run(5)
    parts = Training(tmp_path / "parts", optimizer, scheduler)
    assert parts.run(11).step == 5
    assert_equal_states(whole.net, parts.net)
    assert_equal_optimizers(whole.optimizer, parts.optimizer)
    texts = [repr(t.scheduler.state_dict()) for t in (whole, parts)]
    assert len({re.sub("0x[0-9a-f]+", "", text) for text in texts}) == 1
    assert parts.net.extra.calls == 11


def test_the_state_of_an_optimizer_keeps_its_dtype(tmp_path):
    """torch gives the state the dtype of its parameter when it is loaded; that would lose bits."""

    def make():
        net = torch.nn.Linear(2, 2).to(torch.bfloat16)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        return net, optimizer, cairn.ModelSaver(tmp_path, model=net, optimizer=optimizer)

    net, optimizer, saver = make()
    for parameter in net.parameters():
        optimizer.state[parameter]["momentum_buffer"] = torch.full(parameter.shape, 1 / 3)
    saver.save()
    saver.close()
    net, optimizer, saver = make()
    saver.resume()
    buffer = optimizer.state[net.weight]["momentum_buffer"]
    assert buffer.dtype == torch.float32 and buffer[0, 0] == torch.tensor(1 / 3)


def test_names_are_those_of_the_parameters(tmp_path):
    Training(tmp_path).run(4)
    names = set(cairn.open(tmp_path))
    assert {"a.weight", "b.weight", "norm.running_mean", "a.weight/exp_avg", "turned/step"} <= names
    assert not any("not_saved" in name for name in names)


def test_what_is_written_is_read_by_tensorflow_and_safetensors(tmp_path):
    safetensors = pytest.importorskip("safetensors")
    training = Training(tmp_path, format="safetensors")
    training.run(4)
    with safetensors.safe_open(tmp_path / "model-4.safetensors", framework="np") as file:
        np.testing.assert_array_equal(
            file.get_tensor("a.bias"), np.array(training.net.a.bias.tolist(), np.float32)
        )


def test_several_optimizers(tmp_path):
    def make():
        net = torch.nn.ModuleDict({"g": torch.nn.Linear(2, 2), "d": torch.nn.Linear(2, 2)})
        optimizers = {k: torch.optim.Adam(net[k].parameters()) for k in net}
        return (
            net,
            optimizers,
            cairn.ModelSaver(tmp_path, model=net, optimizer=optimizers, monitors=False),
        )

    net, optimizers, saver = make()
    with saver:
        for key, optimizer in optimizers.items():
            net[key](torch.ones(1, 2)).sum().backward()
            optimizer.step()
        saver.step(0)
    _, again, saver = make()
    saver.resume()
    for key, optimizer in optimizers.items():
        assert_equal_optimizers(optimizer, again[key])
    assert "g/g.weight/exp_avg" in cairn.open(tmp_path)


def test_a_scaler_and_generators(tmp_path):
    class Scaler:  # as torch.cuda.amp.GradScaler, which does nothing without a GPU
        scale = 65536.0

        def state_dict(self):
            return {"scale": self.scale, "_growth_tracker": 3}

        def load_state_dict(self, state):
            self.scale = state["scale"]

    def make():
        scaler, generator = Scaler(), torch.Generator()
        saver = cairn.ModelSaver(
            tmp_path, model=torch.nn.Linear(1, 1), scaler=scaler, generators={"own": generator}
        )
        return scaler, generator, saver

    scaler, generator, saver = make()
    scaler.scale = 0.1
    generator.manual_seed(7)
    torch.rand(3, generator=generator)
    saver.save()
    saver.close()
    expected = torch.rand(2), torch.rand(2, generator=generator)
    scaler, generator, saver = make()
    saver.resume()
    assert scaler.scale == 0.1
    assert torch.equal(torch.rand(2), expected[0])
    assert torch.equal(torch.rand(2, generator=generator), expected[1])


@pytest.mark.filterwarnings("ignore:os.fork")  # JAX warns where another test has imported it
@pytest.mark.parametrize("num_workers", [0, 2])
def test_batches_go_on_inside_an_epoch(tmp_path, num_workers):
    data = torch.utils.data.TensorDataset(torch.arange(23))

    def take(num_steps):
        batches = ShuffledBatches(data, batch_size=4, seed=3)
        loader = torch.utils.data.DataLoader(
            data, batch_sampler=batches, num_workers=num_workers, generator=torch.Generator()
        )
        taken = []
        with cairn.ModelSaver(
            tmp_path, model=torch.nn.Linear(1, 1), sampler=batches, steps_per_epoch=len(batches)
        ) as saver:
            step = saver.resume().step
            while step < num_steps:
                for (batch,) in loader:
                    taken.append(batch.tolist())
                    saver.step(step)
                    step += 1
                    if step == num_steps:
                        break
        return taken

    taken = take(4) + take(9) + take(12)
    epochs = taken[:6], taken[6:]
    for epoch in epochs:
        assert sorted(i for batch in epoch for i in batch) == list(range(23))
    assert epochs[0] != epochs[1]
    assert len(ShuffledBatches(23, 4, drop_last=True)) == 5
    with pytest.raises(ValueError, match="make no batch"):
        ShuffledBatches(3, 4, drop_last=True)
