"""An S3 server in memory with one empty bucket, `bylaw`. Prints its port when it is ready."""

import os

os.environ.update(AWS_ACCESS_KEY_ID="check", AWS_SECRET_ACCESS_KEY="check")

import boto3
from moto.server import ThreadedMotoServer


def main() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="bylaw")
    print(port, flush=True)
    server._thread.join()


main()
