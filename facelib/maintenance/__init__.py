"""What keeps a store small and quick over years: letting go, packing, and clearing away what nobody will ask for."""
