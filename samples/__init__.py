"""The sample instance: a generated Cytomine that demo, tests and benchmark drill, described in docs/sample.md."""
