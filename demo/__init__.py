"""The demonstration: real servers, real flights, the whole main job."""
