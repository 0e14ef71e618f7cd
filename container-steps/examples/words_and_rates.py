"""Two containers that know nothing of Airflow, in one DAG: a Go program and a shell script.

What translating a text costs: one of them counts its words, the other turns that many euros into yen.
"""

from datetime import timedelta

from airflow.sdk import DAG

from container_steps import Contract

step = Contract(name="examples").step

with DAG("words_and_rates", schedule=None, default_args={"retries": 2, "retry_delay": timedelta(minutes=1)}):
    words = step("words", "words", ["--file", "/text.txt"])
    price = "{{ ti.xcom_pull(task_ids='words')['counts']['words'] }}"
    rates = step("rates", "rates", ["--amount", price, "--to", "JPY"])
    words >> rates
