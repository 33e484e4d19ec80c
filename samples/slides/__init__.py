"""The image tree of the sample: what PIMS leaves in data/images, written from the plan of `samples.uploads`."""
