// stub, owned by the Spectral work
