"""One trial of the experiment log: a net, a recipe and a seed in, a log out."""

from snippets.fashion_mnist_project.baseline import evaluate
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.net import device, nn


# --8<-- [start:trial]
def trial(
    make_net,
    data,
    seed,
    epochs,
    batch_size=256,
    rate=1e-3,
    decay=0.0,
    augment=None,
    smoothing=0.0,
):
    """Train one net by one recipe; returns the net and its log, an entry an epoch.

    `data` is what load_training() returns. It never sees the test set. Trials with one
    seed share their order of images and, if their layers are the same, first weights.
    """
    images, labels, val_images, val_labels = (part.to(device) for part in data)
    torch.manual_seed(seed)
    net = make_net().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    log = []
    for epoch in range(epochs):
        order = torch.Generator().manual_seed(1000 * seed + epoch)
        rows = torch.randperm(len(images), generator=order).to(device)
        net.train()
        for batch in rows.split(batch_size):
            x, y = images[batch], labels[batch]  # (batch, 784), (batch,)
            if augment:
                x = augment(x)
            logits = net(x)  # (batch, 10)
            loss = nn.functional.cross_entropy(logits, y, label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seen = evaluate(net, images[:5000], labels[:5000])  # as many as in validation
        log.append({"train": seen, "val": evaluate(net, val_images, val_labels)})
    return net, log


# --8<-- [end:trial]
