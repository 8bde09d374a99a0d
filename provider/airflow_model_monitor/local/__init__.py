"""A local SageMaker that AWS clients can talk to: moto's server, our monitoring beside it, and jobs that really run."""
