"""Trains a small network of torch, and goes on where it was when it is started again.

    python3 examples/train_torch.py DIRECTORY [STEPS]
"""

import sys

import torch

import cairn
from cairn.torch import ShuffledBatches


def main(directory: str, steps: int) -> None:
    torch.manual_seed(1)
    points = torch.rand(512, 2) * 2 - 1
    data = torch.utils.data.TensorDataset(points, (points.norm(dim=1) < 0.8).float())
    batches = ShuffledBatches(data, batch_size=32, seed=1)
    # A generator of its own, because beginning an epoch draws a number from it.
    loader = torch.utils.data.DataLoader(data, batch_sampler=batches, generator=torch.Generator())

    model = torch.nn.Sequential(
        torch.nn.Linear(2, 64),
        torch.nn.ReLU(),
        torch.nn.BatchNorm1d(64),
        torch.nn.Dropout(0.1),
        torch.nn.Linear(64, 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=100, gamma=0.5)

    with cairn.ModelSaver(
        directory,
        model=model,
        optimizer=optimizer,
        scheduler=scheduler,
        sampler=batches,
        steps_per_epoch=len(batches),
        every_n_steps=10,
        max_to_keep=3,
        keep_checkpoint_every_n_hours=0,
        background=True,
        callbacks=[cairn.MinSaver("loss_of_epoch")],
        stop_signals=True,
    ) as saver:
        start = saver.resume()
        print(start)
        step = start.step
        while step < steps:
            for inputs, labels in loader:
                optimizer.zero_grad()
                logits = model(inputs).squeeze(1)
                loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
                loss.backward()
                optimizer.step()
                scheduler.step()
                metrics = {"loss": loss}
                if (step + 1) % len(batches) == 0:
                    metrics["loss_of_epoch"] = loss
                saver.step(step, metrics)
                step += 1
                if step == steps:
                    break
    print(f"sum of weights {sum(p.double().sum().item() for p in model.parameters()):.17g}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
