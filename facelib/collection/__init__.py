"""Work on the collection as a whole: publishing it, and what is found out, decided and undone over all of it."""
