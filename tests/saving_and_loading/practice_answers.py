"""What learners may write in lesson 1's exercises, right or wrong, and what they get.

Each answer has what its check has to say: a part of the sentence, or None if it has to
pass. `lines` stand in place of the task's comment, `change` edits the solution, and
`cell` is a whole cell.
"""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent


@dataclass(frozen=True)
class Answer:
    """A cell of an exercise: how it is made, and what its check says."""

    lines: str = ""
    change: tuple[tuple[str, str], ...] = ()
    cell: str = ""
    says: str | None = None


def lines(code, says=None):
    return Answer(lines=dedent(code).strip("\n"), says=says)


def change(*pairs, says=None):
    return Answer(change=pairs, says=says)


def cell(code, says=None):
    return Answer(cell=dedent(code), says=says)


ROOT = Path(__file__).resolve().parents[2]
THE_NET = (ROOT / "snippets/saving_and_loading/model.py").read_text(encoding="utf-8")
LOAD = "twin.load_state_dict(loaded)"
NOTHING = "`twin` has nothing of what is in the file"
OUTPUTS = "`outputs` is no longer what the network in trip.pt gives"
OVERWRITTEN = "`net` has the weights of the file now"
NOW = "`twin` has the weights that `net` has now, after more training"
TRIP = {
    "the solution": lines(LOAD),
    "by name": lines("twin.load_state_dict(state_dict=loaded, strict=True)"),
    "its result printed": lines(f"print({LOAD})"),
    "the file again": lines(
        "twin.load_state_dict(torch.load('trip.pt', weights_only=True))"
    ),
    "a dict of its own": lines("twin.load_state_dict({**loaded})"),
    "assign": lines("twin.load_state_dict(loaded, assign=True)"),
    "a for loop": lines(
        """
        for name, tensor in twin.state_dict().items():
            tensor.copy_(loaded[name])
        """
    ),
    "a while loop": lines(
        """
        rest, mine = dict(loaded), twin.state_dict()
        while rest:
            name, tensor = rest.popitem()
            mine[name].copy_(tensor)
        """
    ),
    "layer by layer": lines(
        """
        for part, layer in twin.named_children():
            start = part + "."
            layer.load_state_dict({
                name.removeprefix(start): tensor
                for name, tensor in loaded.items() if name.startswith(start)
            })
        """
    ),
    "a function": lines(
        """
        def fill(network, weights):
            network.load_state_dict(weights)

        fill(twin, loaded)
        """
    ),
    "the cell with Net run again after it": lines(f"{LOAD}\n{THE_NET}"),
    "a dict called dict": lines("dict = loaded\ntwin.load_state_dict(dict)"),
    "many of Python's names taken": lines(
        f"{LOAD}\nlen = map = all = any = isinstance = type = globals = vars = 3"
    ),
    "another new one": lines(f"twin = Net()\n{LOAD}\ntwin.eval()"),
    "nothing": lines("pass", NOTHING),
    "a cheat": lines("print('same predictions after loading: 100 %')", NOTHING),
    "a second name": lines("twin = net", "only a second name"),
    "the result": lines(f"twin = {LOAD}", "of type _IncompatibleKeys"),
    "the dict": lines("twin = loaded", "of type OrderedDict"),
    "from net": lines("twin.load_state_dict(net.state_dict())", NOW),
    "a copy of net": lines("twin = copy.deepcopy(net)", NOW),
    "a copy of net, eval": lines("twin = copy.deepcopy(net).eval()", NOW),
    "the other way round": lines("net.load_state_dict(loaded)", OVERWRITTEN),
    "net loaded and copied": lines(
        "net.load_state_dict(loaded)\ntwin = copy.deepcopy(net).eval()", OVERWRITTEN
    ),
    "the result as net": lines(
        "net = net.load_state_dict(loaded)", "`net` is of type _IncompatibleKeys"
    ),
    "eval of the result": lines(
        f"twin = {LOAD}.eval()", "the second cell did not come to its end"
    ),
    "in a Sequential": lines(
        f"{LOAD}\ntwin = torch.nn.Sequential(twin)",
        "The parameters or buffers of `twin` have other names than those of Net()",
    ),
    "one more buffer": lines(
        f"{LOAD}\ntwin.register_buffer('more', torch.ones(1))",
        "The parameters or buffers of `twin` have other names than those of Net()",
    ),
    "a network called Net": lines(
        "Net = Net()\nNet.load_state_dict(loaded)",
        "`Net` is no longer the class of the network: choose another name",
    ),
    "the outputs as a list": lines(f"{LOAD}\noutputs = outputs.tolist()", OUTPUTS),
    "the images as doubles": lines(
        f"{LOAD}\nval_images = val_images.double()", OUTPUTS
    ),
    "a forward with an error": lines(
        f"{LOAD}\ntwin.forward = lambda: 0",
        "the weights of the file and gives other outputs",
    ),
    "a syntax error": lines(LOAD[:-1], "There is no `net` yet"),
    "into the dict": lines("loaded.update(twin.state_dict())", NOTHING),
    "no buffers": lines(
        """
        for name, parameter in twin.named_parameters():
            parameter.data.copy_(loaded[name])
        """,
        "has the file's parameters and not its buffers",
    ),
    "one layer": lines(
        """
        twin.out.weight.data.copy_(loaded["out.weight"])
        twin.out.bias.data.copy_(loaded["out.bias"])
        """,
        "than the file in hidden.weight, hidden.bias, norm.weight",
    ),
    "another shape": lines(
        f"twin = Net(hidden=64)\n{LOAD}",
        "in hidden.weight, hidden.bias, norm.weight, norm.bias, out.weight: make",
    ),
    "train mode": lines(f"{LOAD}\ntwin.train()", "is in training mode"),
    "one layer in train mode": lines(f"{LOAD}\ntwin.norm.train()", "in training mode"),
    "a new one in train mode": lines(f"twin = Net()\n{LOAD}", "in training mode"),
    "the file written over": lines(
        "torch.save(twin.state_dict(), 'trip.pt')",
        OUTPUTS,
    ),
    "the outputs written over": lines(
        "outputs = twin(val_images)",
        OUTPUTS,
    ),
    "the file gone": lines(
        "Path('trip.pt').unlink()",
        OUTPUTS,
    ),
    "another forward": lines(
        f"{LOAD}\ntwin.forward = lambda images: net(images)",
        "the weights of the file and gives other outputs",
    ),
}


def caught(call):
    """A call in the loop whose error is only printed."""
    return (
        f"        try:\n            {call}\n"
        "        except Exception as error:\n            print(error)\n"
    )


SAVE = "        save_checkpoint(path, state)\n"
MODEL, OPTIMIZER = '"model": net.state_dict()', '"optimizer": optimizer.state_dict()'
BETWEEN = "When epoch 1 was trained, the next one began and nothing had been saved"
ALIAS = "It never called save_checkpoint by that name"
DELETED = "It deleted the file at `path` after epoch"
CHANGED = "It changed the file at `path` after epoch"
UNLINK = "Path(path).unlink()\n"
DELETE = "Path(path).unlink(missing_ok=True)\n"
EXIT = "It ended with exit(), which ends your whole program"
NO_PATH = "It called save_checkpoint with a path of type"
TRAIN_ALL = "train_epoch(net, optimizer, images, labels)"
OTHER_NET = "The optimizer moves the weights of another network than the one that is"
LOOP = {
    "the solution": change(),
    "a copy beside it": change(
        (SAVE, f"{SAVE}        shutil.copy(path, 'copy.bak')\n")
    ),
    "an old file deleted first": change(
        ("    torch.manual_seed(0)\n", f"    torch.manual_seed(0)\n    {DELETE}")
    ),
    "inline": lines(
        f"save_checkpoint(path, {{{MODEL}, {OPTIMIZER}, 'epoch': epoch + 1}})"
    ),
    "dict()": lines(
        """
        done = epoch + 1
        save_checkpoint(path, dict(
            model=net.state_dict(), optimizer=optimizer.state_dict(), epoch=done
        ))
        """
    ),
    "with **": lines(
        f"""
        parts = {{{MODEL}, {OPTIMIZER}}}
        save_checkpoint(path, {{**parts, "epoch": epoch + 1, "note": "all well"}})
        """
    ),
    "a comprehension": lines(
        """
        parts = (("model", net), ("optimizer", optimizer))
        state = {name: part.state_dict() for name, part in parts} | {"epoch": epoch + 1}
        save_checkpoint(path, state)
        """
    ),
    "copies": lines(
        f"""
        state = copy.deepcopy({{{MODEL}, {OPTIMIZER}}})
        state["epoch"] = epoch + 1
        save_checkpoint(path, state)
        """
    ),
    "by name": lines(
        f"""
        state = {{{MODEL}, {OPTIMIZER}, "epoch": epoch + 1}}
        save_checkpoint(state=state, path=Path(path))
        """
    ),
    "the whole path": change(("(path, state)", "(Path(path).resolve(), state)")),
    "a pure path": change(
        ("(path, state)", "(__import__('pathlib').PurePath(path), state)")
    ),
    "the absolute path": change(("(path, state)", "(os.path.abspath(path), state)")),
    "a tensor": change(("epoch + 1", "torch.tensor(epoch + 1)")),
    "printed": change((SAVE, SAVE + "        print('saved', epoch)\n")),
    "a while loop": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            done = 0
            while done < epochs:
                train_epoch(net, optimizer, images, labels)
                done += 1
                save_checkpoint(path, {{{MODEL}, {OPTIMIZER}, "epoch": done}})
            return net
        """
    ),
    "a class": cell(
        """
        class Run:
            def __init__(self):
                torch.manual_seed(0)
                self.net = Net()
                self.optimizer = torch.optim.Adam(self.net.parameters())
                self.epoch = 0

            def state_dict(self):
                return {
                    "model": self.net.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                    "epoch": self.epoch,
                }

        def train_and_save(path, epochs):
            run = Run()
            for run.epoch in range(1, epochs + 1):
                train_epoch(run.net, run.optimizer, images, labels)
                save_checkpoint(path, run.state_dict())
            return run.net
        """
    ),
    "nothing": lines("pass", ALIAS),
    "a syntax error": lines("save_checkpoint(", "There is no `train_and_save` yet"),
    "torch.save": change(
        ("save_checkpoint(path, state)", "torch.save(state, path)"), says=ALIAS
    ),
    "save_checkpoint under another name": change(
        ("def train", "save = save_checkpoint\n\n\ndef train"),
        ("save_checkpoint(path, state)", "save(path, state)"),
        says=ALIAS,
    ),
    "save_checkpoint as a default": change(
        ("(path, epochs)", "(path, epochs, save=save_checkpoint)"),
        ("save_checkpoint(path, state)", "save(path, state)"),
        says=ALIAS,
    ),
    "train_epoch under another name": change(
        ("def train", "fit = train_epoch\n\n\ndef train"),
        (TRAIN_ALL, "fit(net, optimizer, images, labels)"),
        says="it called train_epoch 0 of 3 times and stopped",
    ),
    "swapped": change(("(path, state)", "(state, path)"), says=f"{NO_PATH} dict: call"),
    "swapped, and the error caught": change(
        (SAVE, caught("save_checkpoint(state, path)")), says=f"{NO_PATH} dict: call"
    ),
    "no path": change(("(path, state)", "(None, state)"), says=f"{NO_PATH} NoneType"),
    "bytes": change(("(path, state)", "(path.encode(), state)"), says=f"{NO_PATH} byt"),
    "an open file": change(
        ("(path, state)", "(open(path, 'wb'), state)"), says=f"{NO_PATH} BufferedWriter"
    ),
    "an error caught": change(
        (
            'state = {"model"',
            'state = __import__("collections").defaultdict(dict)\n'
            '        state |= {"model"',
        ),
        (SAVE, caught("save_checkpoint(path, state)")),
        says="After epoch 1 save_checkpoint ended with an error, which your code catch",
    ),
    "a defaultdict inside": change(
        (
            'state["epoch"] =',
            'state["more"] = __import__("collections")'
            '.defaultdict(int)\n        state["epoch"] =',
        ),
        says="'more' is of type defaultdict, and a checkpoint with that cannot be",
    ),
    "sys.exit in the end": change(("    return net", "    sys.exit()"), says=EXIT),
    "SystemExit": change(("    return net", "    raise SystemExit"), says=EXIT),
    "the weights over it": change(
        ("    return net", "    torch.save(net.state_dict(), path)\n    return net"),
        says=f"{CHANGED} 3: let save_checkpoint alone change it",
    ),
    "the weights over it in each epoch": change(
        (SAVE, f"{SAVE}        torch.save(net.state_dict(), path)\n"),
        says=f"{CHANGED} 1: let save_checkpoint alone change it",
    ),
    "deleted in the end": change(
        ("    return net", "    os.remove(path)\n    return net"), says=f"{DELETED} 3"
    ),
    "deleted before each save": change(
        (SAVE, f"        {DELETE}{SAVE}"), says=f"{DELETED} 2"
    ),
    "written over before training": change(
        ("    for epoch", "    Path(path).touch()\n    for epoch"),
        says="It changed the file at `path` before epoch 1",
    ),
    "a new optimizer in each epoch": change(
        (
            TRAIN_ALL,
            f"optimizer = torch.optim.Adam(net.parameters())\n        {TRAIN_ALL}",
        ),
        says="Epoch 2 did not go on with the optimizer of the epoch before",
    ),
    "a new net in each epoch": change(
        (TRAIN_ALL, f"net = Net()\n        {TRAIN_ALL}"), says=OTHER_NET
    ),
    "both new in each epoch": change(
        (
            TRAIN_ALL,
            "net = Net()\n        optimizer = torch.optim.Adam(net.parameters())\n"
            f"        {TRAIN_ALL}",
        ),
        says="Epoch 1 did not begin with the network and the optimizer",
    ),
    "the loaded net in each epoch": change(
        (
            SAVE,
            f"{SAVE}        net = Net()\n"
            "        net.load_state_dict(load_checkpoint(path)['model'])\n",
        ),
        says=OTHER_NET,
    ),
    "the loaded net returned": change(
        (
            "    return net",
            "    net = Net()\n"
            "    net.load_state_dict(load_checkpoint(path)['model'])\n    return net",
        ),
        says="It returned something else than the network that it had trained",
    ),
    "the weights put back in each epoch": change(
        (
            SAVE,
            f"{SAVE}        if epoch == 0:\n            first = copy.deepcopy(state)\n"
            "        net.load_state_dict(first['model'])\n",
        ),
        says="Epoch 3 did not go on with the network of the epoch before",
    ),
    "another optimizer trains": change(
        ("torch.optim.Adam(", "torch.optim.SGD("),
        says="Epoch 1 did not begin with the network and the optimizer",
    ),
    "no seed": change(
        ("    torch.manual_seed(0)\n", ""),
        says="Epoch 1 did not begin with the network and the optimizer",
    ),
    "a few images": change(
        (TRAIN_ALL, "train_epoch(net, optimizer, images[:100], labels[:100])"),
        says="It called train_epoch with 100 images, 100 labels and batch_size=100",
    ),
    "after the loop": change((SAVE, SAVE[4:]), says=BETWEEN),
    "in the last epoch": change(
        (SAVE, f"        if epoch == epochs - 1:\n    {SAVE}"), says=BETWEEN
    ),
    "in the second epoch": change(
        (SAVE, f"        if epoch == 1:\n    {SAVE}"), says=BETWEEN
    ),
    "not in the last epoch": change(
        (SAVE, f"        if epoch < epochs - 1:\n    {SAVE}"),
        says="After epoch 3, its last, it saved nothing",
    ),
    "all in the end": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            states = []
            for epoch in range(epochs):
                train_epoch(net, optimizer, images, labels)
                states.append({{{MODEL}, {OPTIMIZER}, "epoch": epoch + 1}})
            for state in states:
                save_checkpoint(path, state)
            return net
        """,
        BETWEEN,
    ),
    "twice": change((SAVE, SAVE * 2), says="After epoch 1 it saved 2 checkpoints"),
    "before training": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            for epoch in range(epochs):
                state = {{{MODEL}, {OPTIMIZER}, "epoch": epoch + 1}}
                save_checkpoint(path, state)
                train_epoch(net, optimizer, images, labels)
            return net
        """,
        "It saved a checkpoint before it had trained an epoch",
    ),
    "built before training": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            for epoch in range(epochs):
                state = {{{MODEL}, {OPTIMIZER}, "epoch": epoch + 1}}
                train_epoch(net, optimizer, images, labels)
                save_checkpoint(path, state)
            return net
        """,
        "After epoch 1 the saved 'optimizer' is as before that epoch: call "
        "optimizer.state_dict() after train_epoch",
    ),
    "copied before training": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            for epoch in range(epochs):
                state = copy.deepcopy({{{MODEL}, {OPTIMIZER}, "epoch": epoch + 1}})
                train_epoch(net, optimizer, images, labels)
                save_checkpoint(path, state)
            return net
        """,
        "After epoch 1 the saved 'model' is as before that epoch: call "
        "net.state_dict() after train_epoch",
    ),
    "built before the loop": cell(
        f"""
        def train_and_save(path, epochs):
            torch.manual_seed(0)
            net = Net()
            optimizer = torch.optim.Adam(net.parameters())
            state = {{{MODEL}, {OPTIMIZER}}}
            for epoch in range(epochs):
                train_epoch(net, optimizer, images, labels)
                state["epoch"] = epoch + 1
                save_checkpoint(path, state)
            return net
        """,
        "After epoch 1 the saved 'optimizer' is as before that epoch",
    ),
    "one epoch more": change(
        ("range(epochs)", "range(epochs + 1)"),
        says="it called train_epoch 3 of 3 times and went on",
    ),
    "two epochs": change(
        ("range(epochs)", "range(2)"),
        says="it called train_epoch 2 of 3 times and stopped",
    ),
    "own path": change(
        ("(path, state)", '("loop.pt", state)'),
        says="Called with the path 'other.pt', it saved to 'loop.pt'",
    ),
    "the same name elsewhere": change(
        (SAVE, "        os.makedirs('old', exist_ok=True)\n" + SAVE),
        ("(path, state)", "(Path('old', path).resolve(), state)"),
        says="Called with the path 'other.pt', it saved to '",
    ),
    "counts from 0": change(
        ("epoch + 1", "epoch"),
        says="the saved 'epoch' is 0 instead of 1, the number of finished epochs",
    ),
    "how many in all": change(
        ("epoch + 1", "epochs"), says="'epoch' is 3 instead of 1"
    ),
    "as text": change(
        ("epoch + 1", "str(epoch + 1)"), says="'epoch' is '1' instead of 1"
    ),
    "as a float": change(
        ("epoch + 1", "epoch + 1.0"), says="'epoch' is 1.0 instead of"
    ),
    "no dict": change(
        ("(path, state)", "(path, [state])"), says="of type list instead"
    ),
    "no optimizer": change(
        (f", {OPTIMIZER}", ""),
        says="has no 'optimizer', only 'model', 'epoch'",
    ),
    "another key": change(
        (MODEL, '"net": net.state_dict()'), says="has no 'model', only 'net'"
    ),
    "a list": change(
        (OPTIMIZER, '"optimizer": optimizer.param_groups'),
        says="'optimizer' is not what optimizer.state_dict() returns",
    ),
    "half an optimizer": change(
        (OPTIMIZER, f"{OPTIMIZER}['param_groups'][0]"),
        says="'optimizer' is not what optimizer.state_dict() returns",
    ),
    "the wrong one": change(
        (OPTIMIZER, '"optimizer": net.state_dict()'),
        says="'optimizer' is not what optimizer.state_dict() returns",
    ),
    "the parameters": change(
        (MODEL, '"model": dict(net.named_parameters())'),
        says="'model' is not what net.state_dict() returns",
    ),
    "not called": change(
        (MODEL, '"model": net.state_dict'),
        says="'model' is of type method, and a checkpoint with that cannot be loaded",
    ),
    "the whole net": change(
        (MODEL, '"model": net'),
        says="'model' is of type Net, and a checkpoint with that cannot be loaded",
    ),
    "the whole optimizer": change(
        (OPTIMIZER, '"optimizer": optimizer'), says="'optimizer' is of type Adam"
    ),
    "a path inside": change(
        (
            'state["epoch"] =',
            'state["more"] = {"a": 1, "file": Path(path)}\n        state["epoch"] =',
        ),
        says=f"'file' is of type {type(Path()).__name__}",
    ),
    "a lambda": change(
        (
            'state["epoch"] =',
            'state["rate"] = lambda epoch: 1\n        state["epoch"] =',
        ),
        says="'rate' is of type function",
    ),
    "another net": change(
        (MODEL, '"model": Net().state_dict()'),
        says="After epoch 1 the saved 'model' is not that of the net which is trained",
    ),
    "another optimizer": change(
        (OPTIMIZER, '"optimizer": torch.optim.Adam(net.parameters()).state_dict()'),
        says="After epoch 1 the saved 'optimizer' is as before that epoch",
    ),
    "half the numbers": change(
        (MODEL, '"model": {k: v.half() for k, v in net.state_dict().items()}'),
        says="After epoch 1 the saved 'model' is not that of",
    ),
    "nothing returned": change(
        ("    return net\n", ""),
        says="It returned something else than the network that it had trained",
    ),
    "an error": change(
        (SAVE, "        save_checkpoint(state)\n"),
        says="It ended with the TypeError that is shown above",
    ),
}

MODEL_BACK = 'net.load_state_dict(checkpoint["model"])'
OPTIMIZER_BACK = 'optimizer.load_state_dict(checkpoint["optimizer"])'
DONE = 'done = checkpoint["epoch"]'
LAST_SAVE = SAVE.rstrip()
NEW_NET = f"net = Net()\n{MODEL_BACK}\n"
CRASH = {
    "the solution": change(),
    "another order": lines(f"{DONE}\n{OPTIMIZER_BACK}\n{MODEL_BACK}"),
    "a loop": lines(
        """
        for name, part in {"model": net, "optimizer": optimizer}.items():
            part.load_state_dict(checkpoint[name])
        done += checkpoint["epoch"]
        """
    ),
    "unpacked": lines(
        """
        weights, averages, done, _ = checkpoint.values()
        net.load_state_dict(weights)
        optimizer.load_state_dict(averages)
        """
    ),
    "another name": lines(
        """
        found = {**checkpoint}
        net.load_state_dict(found.pop("model"), strict=True)
        optimizer.load_state_dict(found.pop("optimizer"))
        done = int(found["epoch"])
        """
    ),
    "both made anew": lines(
        f"""
        net = Net()
        net.load_state_dict(checkpoint["model"])
        optimizer = torch.optim.Adam(net.parameters())
        {OPTIMIZER_BACK}
        {DONE}
        """
    ),
    "a function": lines(
        """
        def put_back(model, optimizer, state):
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            return state["epoch"]

        done = put_back(net, optimizer, state=checkpoint)
        """
    ),
    "random numbers between": lines(
        f"{MODEL_BACK}\ntorch.rand(3)\n{OPTIMIZER_BACK}\n{DONE}"
    ),
    "nothing": lines("pass", "it ignored the checkpoint and trained everything from"),
    "from the start": lines("done = 0", "it ignored the checkpoint and trained"),
    "the file deleted": lines("Path(path).unlink()", "it ignored the checkpoint and"),
    "no weights": lines(
        f"{OPTIMIZER_BACK}\n{DONE}", "it trains does not have the saved weights"
    ),
    "weights into a copy": lines(
        f"copy.deepcopy(net).load_state_dict(checkpoint['model'])\n{OPTIMIZER_BACK}\n"
        f"{DONE}",
        "it trains does not have the saved weights",
    ),
    "only the epoch": lines(DONE, "it trains does not have the saved weights"),
    "the wrong weights": lines(
        f"net.load_state_dict(checkpoint['optimizer'], strict=False)\n"
        f"{OPTIMIZER_BACK}\n{DONE}",
        "it trains does not have the saved weights",
    ),
    "no optimizer": lines(
        f"{MODEL_BACK}\n{DONE}", "the optimizer does not have the saved state"
    ),
    "a new optimizer": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE}\n"
        "optimizer = torch.optim.Adam(net.parameters())",
        "the optimizer does not have the saved state",
    ),
    "a new net": lines(
        f"{NEW_NET}{OPTIMIZER_BACK}\n{DONE}",
        "the optimizer moves the weights of another network than the one that is",
    ),
    "a copied net": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE}\nnet = copy.deepcopy(net)",
        "the optimizer moves the weights of another network than the one that is",
    ),
    "no epoch": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}", "it trained 3 instead of two: set `done`"
    ),
    "one epoch too many": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE} + 1",
        "it trained 1 instead of two: set `done`",
    ),
    "one epoch too few": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE} - 1",
        "it trained 3 instead of two: set `done`",
    ),
    "all done": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\ndone = epochs",
        "it trained nothing: set `done`",
    ),
    "stops": lines("return", "it trained nothing: set `done`"),
    "a cheat": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\ndone = 2",
        "it trained 1 instead of two: set `done`",
    ),
    "another path": lines(
        f"{MODEL_BACK}\n{DONE}\nif path != 'killed.pt':\n    {OPTIMIZER_BACK}",
        "put everything back here, and killed.pt and unbroken.pt still differ",
    ),
    "the end moved": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\nepochs -= checkpoint['epoch']",
        "after epoch 2 the saved 'epoch' is 1 instead of 2",
    ),
    "the result": lines(
        f"net = {MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE}", "A run ended with an error"
    ),
    "a wrong key": lines(
        "net.load_state_dict(checkpoint['net'])", "A run ended with an"
    ),
    "the other's state": lines(
        "net.load_state_dict(checkpoint['optimizer'])", "A run ended with an error"
    ),
    "no random state": change(
        ("torch.set_rng_state(checkpoint", "str(checkpoint"),
        says="it draws other random numbers",
    ),
    "a seed below": change(
        ("torch.set_rng_state(checkpoint", "torch.manual_seed(0); str(checkpoint"),
        says="it draws other random numbers",
    ),
    "not killed": change(
        ("            die()\n", ""),
        says="The exit codes are (0, 0, 0), but the first run",
    ),
    "an error at once": change(
        ("torch.manual_seed(0)", "torch.manual_sed(0)"),
        says="A run ended with an error",
    ),
    "a syntax error": lines(MODEL_BACK[:-1], "did not come to its end"),
    "saved elsewhere": change(
        ("(path, state)", "('train.pt', state)"), says="did not come to its end"
    ),
    "deleted after loading": lines(
        f"{MODEL_BACK}\n{OPTIMIZER_BACK}\n{DONE}\n{UNLINK}",
        "from its checkpoint of epoch 1: it deleted the file at `path` after epoch 1",
    ),
    "deleted before each save": change(
        (
            "        save_checkpoint(path",
            f"        {DELETE}        save_checkpoint(path",
        ),
        says="from its checkpoint of epoch 1: it deleted the file at `path` after",
    ),
    "deleted in the end": change(
        (LAST_SAVE, f"{LAST_SAVE}\n    {UNLINK}"), says=DELETED
    ),
    "deleted after four epochs": change(
        (LAST_SAVE, f"{LAST_SAVE}\n    if epochs == 4:\n        {UNLINK}"),
        says="killed.pt or unbroken.pt cannot be loaded",
    ),
    "exit in the end": change((LAST_SAVE, f"{LAST_SAVE}\n    sys.exit()"), says=EXIT),
    "train_epoch under another name": change(
        ("def train", "fit = train_epoch\n\n\ndef train"),
        (
            f"        {TRAIN_ALL}\n        state",
            f"        fit{TRAIN_ALL[11:]}\n        state",
        ),
        says="It never called train_epoch by that name",
    ),
}

BEST_BACK = (
    'bad_epochs, best_model = checkpoint["bad_epochs"], checkpoint["best_model"]'
)
EPOCH_BACK = 'epoch, best = checkpoint["epoch"], checkpoint["best"]'
RNG_BACK = 'torch.set_rng_state(checkpoint["rng"])'
STATE = '            "best_model": best_model,\n        }\n'
TRAIN = "train_epoch(net, optimizer, images[:1000], labels[:1000])"
SCORE = "accuracy(net, val_images, val_labels)"
COPY = "copy.deepcopy(net.state_dict())"
LAST = "    net.load_state_dict(best_model)\n    return net"
SEED = "    torch.manual_seed(0)\n"
NET = "    net = Net()\n"
ADAM = "torch.optim.Adam(net.parameters(), lr=0.01)"
WHILE = "    while epoch < epochs and bad_epochs < patience:\n"
TOO_LITTLE = (
    "the saved 'best' is 60.5 instead of 60.5625: save the highest score so far"
)
SCORES = "with the scores [51.5, 60.5"


def early_stopping(loop):
    """A whole answer: `loop` with its own order of steps."""
    return (
        dedent(
            f"""
        def train_until_worse(path, epochs=40, patience=3):
            torch.manual_seed(0)
            net = Net()
            optimizer = {ADAM}
            epoch, best, bad_epochs, best_model = 0, -1.0, 0, None
            if os.path.exists(path):
                c = torch.load(path, weights_only=True)
                net.load_state_dict(c["model"])
                optimizer.load_state_dict(c["optimizer"])
                torch.set_rng_state(c["rng"])
                epoch, best = c["epoch"], c["best"]
                bad_epochs, best_model = c["bad_epochs"], c["best_model"]

            def save():
                save_checkpoint(path, {{
                    {MODEL}, {OPTIMIZER}, "epoch": epoch, "best": best,
                    "bad_epochs": bad_epochs, "best_model": best_model,
                    "rng": torch.get_rng_state(),
                }})

        """
        )
        + dedent(loop).replace("\n", "\n    ").rstrip(" ")
        + ("    net.load_state_dict(best_model)\n    return net\n")
    )


STEP = f"""
    {TRAIN}
    epoch += 1
    score = {SCORE}
    if score > best:
        best, bad_epochs, best_model = score, 0, {COPY}
    else:
        bad_epochs += 1
"""
STOP = {
    "the solution": change(),
    "break after the save": cell(
        early_stopping(
            f"""
while epoch < epochs:
    if bad_epochs >= patience:
        break
{STEP}
    save()
"""
        )
    ),
    "while True": cell(
        early_stopping(
            f"""
done = epoch >= epochs or bad_epochs >= patience
while not done:
{STEP}
    save()
    done = epoch >= epochs or bad_epochs >= patience
"""
        )
    ),
    "a for loop": cell(
        early_stopping(
            f"""
first = epoch
for _ in range(first, epochs):
    if bad_epochs >= patience:
        continue
{STEP}
    save()
"""
        )
    ),
    "break before the save": cell(
        early_stopping(
            f"""
while epoch < epochs:
{STEP}
    if bad_epochs >= patience:
        break
    save()
"""
        ),
        "After epoch 8, its last, it saved nothing: save first, and stop then",
    ),
    "break before the save, one too late": cell(
        early_stopping(
            f"""
while epoch < epochs:
{STEP}
    if bad_epochs > patience:
        break
    save()
"""
        ),
        "it trained on after epoch 8: ask before each epoch",
    ),
    "break after the save, one too late": cell(
        early_stopping(
            f"""
while epoch < epochs:
{STEP}
    save()
    if bad_epochs > patience:
        break
"""
        ),
        "it trained on after epoch 8: ask before each epoch",
    ),
    "asks only after training": cell(
        early_stopping(
            f"""
while epoch < epochs:
{STEP}
    save()
    if bad_epochs >= patience:
        break
"""
        ),
        "Started again from its checkpoint of epoch 8: with patience=3",
    ),
    "asks for epochs only after training": change(
        ("epoch < epochs and ", ""),
        (SAVE, SAVE + "        if epoch >= epochs:\n            break\n"),
        says="Started again from its checkpoint of epoch 3: with patience=3 and "
        "epochs=3, and the scores [51.5, 60.5, 55.0], it trained on after epoch 3: "
        "ask before each epoch whether it is time to stop.",
    ),
    "patience asked with !=": change(
        ("bad_epochs < patience", "bad_epochs != patience"),
        says="Started again from its checkpoint of epoch 8: with patience=2 and "
        "epochs=40, and the scores [51.5, 60.5, 55.0, 60.5, 60.5625, 55.0, 60.5625, "
        "58.5], it trained on after epoch 8: ask before each epoch whether it is time "
        "to stop, with < or >=, for a count may be beyond its limit.",
    ),
    "patience asked with == in a for loop": cell(
        early_stopping(
            f"""
first = epoch
for _ in range(first, epochs):
    if bad_epochs == patience:
        continue
{STEP}
    save()
"""
        ),
        "epoch 8: ask before each epoch whether it is time to stop, with < or >=",
    ),
    "epochs asked with !=": change(
        ("epoch < epochs", "epoch != epochs"),
        says="Started again from its checkpoint of epoch 5: with patience=3 and "
        "epochs=3, and the scores [51.5, 60.5, 55.0, 60.5, 60.5625], it trained on "
        "after epoch 5: ask before each epoch whether it is time to stop, with < or >=",
    ),
    "finished for good": change(
        (
            WHILE,
            '    finished = epoch > 0 and checkpoint["finished"]\n'
            + WHILE.replace("while", "while not finished and"),
        ),
        (STATE, STATE.replace("}\n", '    "finished": epoch >= epochs,\n        }\n')),
        says="Started again from its checkpoint of epoch 3: with patience=3 and "
        "epochs=4, and the scores [51.5, 60.5, 55.0], it stopped after epoch 3: it "
        "should go on",
    ),
    "a history": cell(
        f"""
        def train_until_worse(path, epochs=40, patience=3):
            torch.manual_seed(0)
            net = Net()
            optimizer = {ADAM}
            history, best_model = [], {{}}
            try:
                state = load_checkpoint(path)
            except CheckpointError:
                print("a new run")
            else:
                net.load_state_dict(state["model"])
                optimizer.load_state_dict(state["optimizer"])
                torch.set_rng_state(state["rng"])
                history, best_model = state["history"], state["best_model"]
            while len(history) < epochs:
                place = history.index(max(history)) + 1 if history else 0
                if len(history) - place >= patience:
                    break
                loss = {TRAIN}
                history.append({SCORE})
                print(f"loss {{loss}}, training {{accuracy(net, images, labels)}}")
                place = history.index(max(history)) + 1
                if place == len(history):
                    best_model = {{k: v.clone() for k, v in net.state_dict().items()}}
                state = {{{MODEL}, {OPTIMIZER}, "rng": torch.get_rng_state()}}
                state |= {{"history": history, "best_model": best_model}}
                state |= {{"epoch": len(history), "best": max(history)}}
                save_checkpoint(path, {{**state, "bad_epochs": len(history) - place}})
            result = Net()
            result.load_state_dict(best_model)
            return result
        """
    ),
    "a class": cell(
        f"""
        class Stopper:
            def __init__(self):
                torch.manual_seed(0)
                self.net = Net()
                net = self.net
                self.optimizer = {ADAM}
                self.best_net, self.best = copy.deepcopy(net), float("-inf")
                self.epoch = self.bad_epochs = 0

            def load(self, path):
                state = load_checkpoint(path)
                for name in ("net", "optimizer", "best_net"):
                    key = {{"net": "model", "best_net": "best_model"}}.get(name, name)
                    getattr(self, name).load_state_dict(state[key])
                self.epoch, self.best = state["epoch"], state["best"]
                self.bad_epochs = state["bad_epochs"]
                torch.set_rng_state(state["rng"])

            def step(self, path):
                net, optimizer = self.net, self.optimizer
                {TRAIN}
                self.epoch += 1
                score = {SCORE}
                if score <= self.best:
                    self.bad_epochs += 1
                else:
                    self.best, self.bad_epochs = score, 0
                    self.best_net.load_state_dict(net.state_dict())
                save_checkpoint(path, dict(
                    model=net.state_dict(), optimizer=optimizer.state_dict(),
                    best_model=self.best_net.state_dict(), best=self.best,
                    epoch=self.epoch, bad_epochs=self.bad_epochs,
                    rng=torch.get_rng_state(),
                ))

        def train_until_worse(path, epochs=40, patience=3):
            stopper = Stopper()
            if Path(path).is_file():
                stopper.load(path)
            while stopper.epoch < epochs and stopper.bad_epochs < patience:
                stopper.step(path)
            return stopper.best_net
        """
    ),
    "the whole path": change((SEED, SEED + "    path = Path(path).resolve()\n")),
    "a seed for each epoch": change(
        (RNG_BACK, "pass"),
        (TRAIN, f"torch.manual_seed(epoch)\n        {TRAIN}"),
        ('            "rng": torch.get_rng_state(),\n', ""),
    ),
    "batch size named": change((TRAIN, TRAIN[:-1] + ", batch_size=100)")),
    "scored twice": change((SCORE, f"{SCORE}; print({SCORE})")),
    "best scored again": change((LAST, LAST.replace("return", f"{SCORE}\n    return"))),
    "a dict of clones": change(
        (COPY, "{k: v.clone() for k, v in net.state_dict().items()}")
    ),
    "best as a tensor": change(('"best": best,', '"best": torch.as_tensor(best),')),
    "nothing": cell(
        "def train_until_worse(path, epochs=40, patience=3):\n    pass\n",
        "It never called train_epoch by that name: call train_epoch(net, optimizer, ",
    ),
    "a syntax error": change(
        ("score > best", "score >"), says="There is no `train_until_worse` yet"
    ),
    "train_epoch under another name": change(
        ("def train", "fit = train_epoch\n\n\ndef train"),
        (TRAIN, TRAIN.replace("train_epoch", "fit")),
        says="It never called train_epoch by that name",
    ),
    "save_checkpoint under another name": change(
        ("def train", "save = save_checkpoint\n\n\ndef train"),
        ("save_checkpoint(path, state)", "save(path, state)"),
        says=ALIAS,
    ),
    "accuracy under another name": change(
        ("def train", "evaluate = accuracy\n\n\ndef train"),
        (SCORE, SCORE.replace("accuracy", "evaluate")),
        says="It never called accuracy(net, val_images, val_labels) by that name",
    ),
    "swapped": change(("(path, state)", "(state, path)"), says=f"{NO_PATH} dict: call"),
    "exit when finished": change(
        (WHILE, "    if bad_epochs >= patience:\n        sys.exit()\n" + WHILE),
        says="epoch 8: it ended with exit(), which ends your whole program",
    ),
    "deleted after loading": change(
        (BEST_BACK, f"{BEST_BACK}\n        {UNLINK}"),
        says="epoch 7: it deleted the file at `path` after epoch 7",
    ),
    "deleted before each save": change(
        (SAVE, f"        {DELETE}{SAVE}"), says=f"{DELETED} 2"
    ),
    "deleted in the end": change((LAST, f"    {UNLINK}{LAST}"), says=f"{DELETED} 8"),
    "deleted when finished before": change(
        (WHILE, f"    if bad_epochs >= patience:\n        {UNLINK}{WHILE}"),
        says="epoch 8: it deleted the file at `path` after epoch 8",
    ),
    "the best weights over it": change(
        (LAST, f"    torch.save(best_model, path)\n{LAST}"), says=f"{CHANGED} 8"
    ),
    "a new optimizer in each epoch": change(
        (TRAIN, f"optimizer = {ADAM}\n        {TRAIN}"),
        says="Epoch 2 did not go on with the optimizer of the epoch before",
    ),
    "better by a tenth": change(
        ("score > best", "score > best + 0.1"), says=TOO_LITTLE
    ),
    "better by a point": change(("score > best", "score > best + 1"), says=TOO_LITTLE),
    "the best model as a list": change(
        ('"best_model": best_model', '"best_model": list(best_model.values())'),
        says="After epoch 1 the saved 'best_model' is not what net.state_dict() ",
    ),
    "never reset": change(
        ("best, bad_epochs = score, 0", "best = score"),
        says="the saved 'bad_epochs' is 2 instead of 0: a better epoch sets it to 0",
    ),
    "ties are better": change(
        ("score > best", "score >= best"),
        says="the saved 'bad_epochs' is 0 instead of 2: only a score higher than every",
    ),
    "better than the last": change(
        (
            "if score > best:",
            "last, kept = kept if epoch > 1 else 0.0, score\n        if score > last:",
        ),
        ("best, bad_epochs = score, 0", "best, bad_epochs = max(best, score), 0"),
        says="the saved 'bad_epochs' is 0 instead of 2: only a score higher than every",
    ),
    "lower is better": change(
        ("if score > best:", "if score < best or epoch == 1:"),
        says="the saved 'best' is 51.5 instead of 60.5: save the highest score so far",
    ),
    "the last score": change(
        ('"best": best', '"best": score'),
        says="the saved 'best' is 55.0 instead of 60.5: save the highest score so far",
    ),
    "best as text": change(
        ('"best": best', '"best": str(best)'), says="'best' is '51.5' instead of 51.5"
    ),
    "a fraction": change(
        (f"score = {SCORE}", f"score = {SCORE} / 100"),
        says="'best' is 0.515 instead of 51.5",
    ),
    "own score": change(
        (
            SCORE,
            "100 * (net(val_images).argmax(1) == val_labels).float().mean().item()",
        ),
        says="It never called accuracy(net, val_images, val_labels) by that name",
    ),
    "scored on training images": change(
        (SCORE, "accuracy(net, images[:1000], labels[:1000])"),
        says="It never called accuracy(net, val_images, val_labels) by that name",
    ),
    "another learning rate": change(
        ("lr=0.01", "lr=0.001"),
        says="Its optimizer is Adam with lr=0.001: make it with",
    ),
    "the usual learning rate": change((", lr=0.01", ""), says="Adam with lr=0.001"),
    "weight decay": change(
        ("lr=0.01", "lr=0.01, weight_decay=0.1"), says="Adam with weight_decay=0.1"
    ),
    "another optimizer": change(
        ("torch.optim.Adam(", "torch.optim.SGD("), says="Its optimizer is SGD with"
    ),
    "all images": change(
        (TRAIN, "train_epoch(net, optimizer, images, labels)"),
        says="It called train_epoch with 2000 images, 2000 labels and batch_size=100",
    ),
    "other labels": change(
        ("labels[:1000])", "labels[1000:])"),
        says="It called train_epoch with 1000 images, 1000 labels and batch_size=100",
    ),
    "another batch size": change(
        (TRAIN, TRAIN[:-1] + ", 50)"), says="1000 labels and batch_size=50"
    ),
    "no seed": change(
        (SEED, ""), says="Its network does not begin with the weights that"
    ),
    "the seed after the net": change(
        (SEED + NET, NET + SEED), says="set the seed, and then make the network"
    ),
    "another seed": change(
        ("manual_seed(0)", "manual_seed(1)"),
        says="set the seed, and then make the network",
    ),
    "the net made twice": change(
        (f"optimizer = {ADAM}\n", f"optimizer = {ADAM}\n{SEED}{NET}"),
        says="The optimizer moves the weights of another network than the one that is",
    ),
    "trains a copy": change(
        (TRAIN, "net = copy.deepcopy(net); " + TRAIN),
        says="The optimizer moves the weights of another network than the one that is",
    ),
    "stops at a fixed epoch": change(
        ("epoch < epochs and bad_epochs < patience", "epoch < min(epochs, 8)"),
        says="With patience=2 and epochs=40, and the scores [51.5, 60.5, 55.0, 60.5], "
        "it trained on after epoch 4",
    ),
    "a fixed patience": change(
        ("bad_epochs < patience", "bad_epochs < 3"),
        says="With patience=2 and epochs=40",
    ),
    "patience ignored": change(
        (" and bad_epochs < patience", ""), says="it trained on after epoch 8"
    ),
    "epochs ignored": change(
        ("epoch < epochs and ", ""),
        says="With patience=3 and epochs=3, and the scores [51.5, 60.5, 55.0], it "
        "trained on after epoch 3",
    ),
    "stops at the first bad one": change(
        ("bad_epochs < patience", "bad_epochs < 1"),
        says="it stopped after epoch 3: it should go on, because only 1 in a row",
    ),
    "stops one too early": change(
        ("bad_epochs < patience", "bad_epochs < patience - 1"),
        says="it stopped after epoch 4: it should go on, because only 2 in a row",
    ),
    "epochs more after a restart": change(
        (WHILE, "    done = epoch\n" + WHILE.replace("< epochs", "< done + epochs")),
        says="again from its checkpoint of epoch 2: with patience=3 and epochs=3",
    ),
    "saves in the end": change(
        (SAVE, SAVE[4:]),
        says="When epoch 1 was trained, the next one began and nothing",
    ),
    "saves the best only": change(
        (SAVE, "        if bad_epochs == 0:\n    " + SAVE),
        says="When epoch 3 was trained, the next one began and nothing had been saved",
    ),
    "saves a new one too": change(
        (WHILE, "    save_checkpoint(path, {})\n" + WHILE),
        says="It saved a checkpoint before it had trained an epoch",
    ),
    "saves twice": change(
        (SAVE, SAVE * 2), says="After epoch 1 it saved 2 checkpoints"
    ),
    "saves before the score": cell(
        early_stopping(
            f"""
while epoch < epochs and bad_epochs < patience:
    {TRAIN}
    epoch += 1
    save()
    score = {SCORE}
    if score > best:
        best, bad_epochs, best_model = score, 0, {COPY}
    else:
        bad_epochs += 1
"""
        ),
        "the saved 'best' is -1.0 instead of 51.5: save the highest score so far",
    ),
    "another key": change(
        (MODEL, '"net": net.state_dict()'), says="has no 'model', only"
    ),
    "the whole net": change(
        (MODEL, '"model": net'), says="'model' is of type Net, and a"
    ),
    "the best net": change(
        ('"best_model": best_model', '"best_model": copy.deepcopy(net)'),
        says="'best_model' is of type Net, and a checkpoint with that cannot be loaded",
    ),
    "counts from 0": change(
        ('"epoch": epoch,', '"epoch": epoch - 1,'), says="'epoch' is 0 instead of 1"
    ),
    "model is best": change(
        (MODEL, '"model": best_model'),
        says="After epoch 3 the saved 'model' has the best weights: save those that",
    ),
    "no copy": change(
        (COPY, "net.state_dict()"),
        says="'best_model' is that of epoch 3 instead of epoch 2: a state_dict changes",
    ),
    "a shallow copy": change(
        (COPY, "{**net.state_dict()}"),
        says="'best_model' is that of epoch 3 instead of epoch 2: a state_dict changes",
    ),
    "the last in the file": change(
        ('"best_model": best_model', '"best_model": net.state_dict()'),
        says="'best_model' is that of epoch 3 instead of epoch 2",
    ),
    "returns the last": change(
        ("    net.load_state_dict(best_model)\n", ""),
        says="The returned network has the weights of epoch 8 instead of epoch 5",
    ),
    "returns the last after a restart": change(
        (LAST, "    if epoch > start:\n    " + LAST),
        (WHILE, "    start = epoch\n" + WHILE),
        says="Started again from its checkpoint of epoch 8: the returned network has "
        "the weights of epoch 8 instead of epoch 5",
    ),
    "returns nothing": change(
        ("    return net", ""), says="of type NoneType: return a"
    ),
    "returns the weights": change(
        ("return net", "return best_model"), says="of type OrderedDict: return a"
    ),
    "returns nothing after a restart": change(
        (WHILE, "    if bad_epochs == patience:\n        return\n" + WHILE),
        says="Started again from its checkpoint of epoch 8: it returned an object of "
        "type NoneType",
    ),
    "starts anew": change(
        ("Path(path).exists()", "False"),
        says="epoch 7: it trained a new network: load the file at `path`",
    ),
    "no weights back": change(
        (MODEL_BACK, "pass"), says="epoch 7: it trained a new network: load the file"
    ),
    "the best weights back": change(
        (MODEL_BACK, MODEL_BACK.replace("model", "best_model")),
        says="epoch 7: the network that it trains has the weights of epoch 5: put",
    ),
    "a new net after a restart": change(
        (MODEL_BACK, f"net = Net()\n        {MODEL_BACK}"),
        says="epoch 7: the optimizer moves the weights of another network",
    ),
    "no optimizer back": change(
        (OPTIMIZER_BACK, "pass"),
        says="epoch 7: the optimizer is not in the state that it had then",
    ),
    "no optimizer saved": change(
        (f"            {OPTIMIZER},\n", ""),
        (OPTIMIZER_BACK, "pass"),
        says="epoch 7: the optimizer is not in the state that it had then",
    ),
    "the optimizer in another file": change(
        (OPTIMIZER_BACK, "optimizer.load_state_dict(torch.load('optimizer.pt'))"),
        (SAVE, SAVE + "        torch.save(optimizer.state_dict(), 'optimizer.pt')\n"),
        says="epoch 7: the optimizer is not in the state that it had then",
    ),
    "no random state": change(
        (RNG_BACK, "pass"), says="epoch 7: it draws other random numbers than the run"
    ),
    "the random state before the epoch": change(
        (TRAIN, f"rng = torch.get_rng_state()\n        {TRAIN}"),
        ("torch.get_rng_state(),", "rng,"),
        says="epoch 7: it draws other random numbers than the run",
    ),
    "no epoch back": change(
        (EPOCH_BACK, 'best = checkpoint["best"]'),
        says="epoch 7: after epoch 8 the saved 'epoch' is 1 instead of 8, the number "
        "of finished epochs: put it back",
    ),
    "no best back": change(
        (EPOCH_BACK, 'epoch = checkpoint["epoch"]'),
        says="the saved 'best' is 58.5 instead of 60.5625: put it back",
    ),
    "the best in a global": change(
        (EPOCH_BACK, 'epoch, best = checkpoint["epoch"], memory["best"]'),
        (
            "best, bad_epochs = score, 0",
            'best = globals().setdefault("memory", {})["best"]'
            " = score\n            bad_epochs = 0",
        ),
        says="the saved 'best' is 60.5 instead of 60.5625: put it back",
    ),
    "no patience back": change(
        (BEST_BACK, 'best_model = checkpoint["best_model"]'),
        says="the saved 'bad_epochs' is 1 instead of 3: put it back",
    ),
    "no best model back": change(
        (BEST_BACK, 'bad_epochs = checkpoint["bad_epochs"]'),
        says="epoch 7: it ended with the TypeError that is shown above: put back all",
    ),
    "a wrong key": change(
        ('checkpoint["rng"]', 'checkpoint["random"]'),
        says="epoch 7: it ended with the KeyError that is shown above",
    ),
    "an error": change(
        ("score > best", "score > None"),
        says="It ended with the TypeError that is shown",
    ),
}
ANSWERS = {1: TRIP, 2: LOOP, 3: CRASH, 4: STOP}
