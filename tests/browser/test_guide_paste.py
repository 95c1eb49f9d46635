"""A whole message, pasted or typed, with names and numbers that the guide lacks."""

import pytest
from playwright.sync_api import expect

# What PyTorch said to somebody else, and the entry that has to come first.
MESSAGES = {
    "_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, "
    "to do so you have two options": "weights-only-load-failed",
    "WeightsUnpickler error: Unsupported global: GLOBAL __main__.Config was not an "
    "allowed global by default.": "weights-only-load-failed",
    "FutureWarning: You are using `torch.load` with `weights_only=False` (the current "
    "default value), which uses the default pickle module implicitly.": (
        "weights-only-future-warning"
    ),
    'Unexpected key(s) in state_dict: "module.conv1.weight", "module.bn1.bias".': (
        "unexpected-key-module"
    ),
    'Unexpected key(s) in state_dict: "module.inp.weight", "module.inp.bias".': (
        "unexpected-key-module"
    ),
    "RuntimeError: Error(s) in loading state_dict for Pond:\n\tMissing key(s) in "
    'state_dict: "enc.weight", "enc.bias", "dec.weight", "dec.bias". \n\tUnexpected '
    'key(s) in state_dict: "module.enc.weight", "module.enc.bias", "module.dec.weight'
    '", "module.dec.bias". ': "unexpected-key-module",
    "RuntimeError: Error(s) in loading state_dict for Pond:\n\tMissing key(s) in "
    'state_dict: "enc.weight", "enc.bias", "dec.weight", "dec.bias". \n\tUnexpected '
    'key(s) in state_dict: "_orig_mod.enc.weight", "_orig_mod.enc.bias", "_orig_mod.'
    'dec.weight", "_orig_mod.dec.bias". ': "unexpected-key-orig-mod",
    "ValueError: optimizer got an empty parameter list": "empty-parameter-list",
    "RuntimeError: Found dtype Double but expected Float": "same-dtype-double-float",
    'Missing key(s) in state_dict: "inp.weight", "inp.bias".': (
        "missing-key-after-rename"
    ),
    'Unexpected key(s) in state_dict: "_orig_mod.conv1.weight", "_orig_mod.fc.bias".': (
        "unexpected-key-orig-mod"
    ),
    "RuntimeError: Error(s) in loading state_dict for Net:\n\tMissing key(s) in "
    'state_dict: "encoder.0.weight".': "missing-key-after-rename",
    "size mismatch for classifier.weight: copying a param with shape torch.Size([1000, "
    "512]) from checkpoint, the shape in current model is torch.Size([5, 512]).": (
        "size-mismatch"
    ),
    "AttributeError: Can't get attribute 'MyModel' on <module '__main__' from "
    "'eval.py'>": "cant-get-attribute",
    "Attempting to deserialize object on CUDA device 3 but torch.cuda.device_count() "
    "is 1.": "deserialize-cuda",
    "NotImplementedError: Cannot copy out of meta tensor; no data!": "meta-assign",
    "PytorchStreamReader failed reading file data/12: file read failed": (
        "pytorchstreamreader-failed"
    ),
    "_pickle.UnpicklingError: invalid load key, 'v'.": "invalid-load-key",
    "KeyError: \"param 'initial_lr' is not specified in param_groups[0] when resuming "
    'an optimizer"': "initial-lr-not-specified",
    "ValueError: Tried to step 5001 times. The specified number of total steps is "
    "5000": "one-cycle-tried-to-step",
    "RuntimeError: \n            Some tensors share memory, this will lead to "
    "duplicate memory on disk and potential differences when loading them again: "
    "[{'lm_head.weight', 'model.embed_tokens.weight'}].": "safetensors-or-pt",
    r"C:\Users\me\net.py: size mismatch for -head.weight ~ ^2 +x *y: copying a param": (
        "size-mismatch"
    ),
    "OSError: [Errno 28] No space left on device: 'epoch-31.pt'": (
        "disk-full-of-checkpoints"
    ),
    "TypeError: default_collate: batch must contain tensors, numpy arrays, numbers, "
    "dicts or lists; found <class 'PIL.Image.Image'>": "default-collate",
    "TypeError: Caught TypeError in DataLoader worker process 0.": "default-collate",
    "RuntimeError: stack expects each tensor to be equal size, but got [3, 200, 300] "
    "at entry 0 and [1, 210, 280] at entry 7": "default-collate",
    "TypeError: Got unsupported ScalarType BFloat16": "which-autocast",
}
PASTE = """(field, text) => {
  const clipboardData = new DataTransfer()
  clipboardData.setData("text", text)
  const made = { clipboardData, bubbles: true, cancelable: true }
  field.dispatchEvent(new ClipboardEvent("paste", made))
}"""


@pytest.mark.parametrize("way", ["pasted", "typed"])
def test_a_message_with_other_names_finds_its_entry_first(visit, way):
    page = visit("field-guide/").page
    page.keyboard.press("/")
    field, found = page.locator(".md-search__input"), page.locator(".md-search-result")
    wrong = []
    for message, id in MESSAGES.items():
        field.fill("zzzzzz")
        field.press("End")
        expect(found).to_contain_text("No matching")
        if way == "pasted":
            field.fill("")
            field.evaluate(PASTE, message)
        else:
            field.fill(message)
            field.press("End")
        first = found.locator("a[href*='#']").first
        expect(first).to_be_attached()
        if f"#{id}" not in (href := first.get_attribute("href")):
            wrong.append(f"{message!r} finds {href} before {id}")
    assert not wrong, "\n".join(wrong)


def test_a_paste_stands_where_it_was_pasted_in_one_line(visit):
    field = visit("field-guide/").page.locator(".md-search__input")
    field.fill("resume lr")
    field.evaluate("field => field.setSelectionRange(7, 9)")
    field.evaluate(PASTE, 'cuda:0 "head.weight"\n\tin x')
    assert field.input_value() == 'resume cuda:0 "head.weight" in x'
