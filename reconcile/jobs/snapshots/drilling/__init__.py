"""The drill: a snapshot drawn by lot is restored into a scratch place, and its rows reconciled."""
