# The portal for servers: one image for the web, the worker and the beat (docker-compose.yml).
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 DJANGO_SETTINGS_MODULE=ror.settings.prod

RUN useradd --system --create-home --home-dir /portail portail
WORKDIR /portail

COPY requirements/prod.txt requirements/prod.txt
RUN pip install --require-hashes -r requirements/prod.txt

COPY . .
# The files of the pages are gathered once, in the image; no setting of the site is needed for it.
RUN SECRET_KEY=image ALLOWED_HOSTS=image DATABASE_URL=postgresql://image/image BROKER_URL=redis://image/0 \
    python manage.py collectstatic --no-input \
    && mkdir beat exports_prives && chown portail beat exports_prives

USER portail
EXPOSE 8000
CMD ["gunicorn", "ror.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--timeout", "120", "--no-control-socket"]
