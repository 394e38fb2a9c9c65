"""Runs one ipykernel and speaks JSON lines on stdin and stdout.

Requests: {"id", "do": "execute" | "interrupt" | "restart", "code"?, "history"?, "environment"?}
Answers:  {"id", "message": {"type", "content"}}*, then {"id", "reply"} or {"id", "failure"}

The kernel ends when stdin is closed.
"""

import asyncio
import json
import os
import sys

from jupyter_client.manager import AsyncKernelManager


def answer(request_id, **fields):
    sys.stdout.write(json.dumps({"id": request_id, **fields}, default=str) + "\n")
    sys.stdout.flush()


class Bridge:
    def __init__(self):
        self.manager = AsyncKernelManager(kernel_name="python3")
        self.client = None
        self.turn = asyncio.Lock()

    async def start(self):
        await self.manager.start_kernel(cwd=os.getcwd())
        await self.connect()

    async def connect(self):
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=60)

    async def stop(self):
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)

    async def serve(self, request):
        request_id = request["id"]
        try:
            if request["do"] == "interrupt":
                await self.manager.interrupt_kernel()
                answer(request_id, reply={})
                return
            async with self.turn:
                if not self.manager.has_kernel:
                    await self.start()
                if request["do"] == "restart":
                    self.client.stop_channels()
                    os.environ.update(request.get("environment", {}))
                    await self.manager.restart_kernel(now=True, env=dict(os.environ))
                    await self.connect()
                    answer(request_id, reply={})
                else:
                    answer(request_id, reply=await self.execute(request_id, request["code"], request["history"]))
        except Exception as error:  # noqa: BLE001 - the extension shows it in the cell
            answer(request_id, failure=f"{type(error).__name__}: {error}")

    async def execute(self, request_id, code, history):
        message_id = self.client.execute(code, store_history=history, allow_stdin=False)
        outputs = asyncio.create_task(self.forward_outputs(request_id, message_id))
        try:
            reply = await self.wait_for_reply(message_id)
            await outputs
        finally:
            outputs.cancel()
        return {"status": reply["status"], "execution_count": reply.get("execution_count")}

    async def wait_for_reply(self, message_id):
        while True:
            try:
                message = await self.client.get_shell_msg(timeout=1)
            except Exception:
                if not await self.manager.is_alive():
                    raise RuntimeError("the kernel died") from None
                continue
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]

    async def forward_outputs(self, request_id, message_id):
        while True:
            message = await self.client.get_iopub_msg()
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return
            if kind in ("stream", "display_data", "execute_result", "error", "clear_output"):
                answer(request_id, message={"type": kind, "content": content})


async def main():
    bridge = Bridge()
    loop = asyncio.get_running_loop()
    tasks = set()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            task = asyncio.create_task(bridge.serve(json.loads(line)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    finally:
        await bridge.stop()


asyncio.run(main())
