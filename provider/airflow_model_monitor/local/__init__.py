"""A local SageMaker: moto, and in it the actions of Model Monitor with jobs that really run."""
