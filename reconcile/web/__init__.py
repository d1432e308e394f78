"""Pages on Airflow's own address, under Airflow's own rights."""
