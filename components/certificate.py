"""A certificate that a load balancer of one region shows, issued and renewed by Google against a DNS record."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """`host` is the one name that the certificate is for."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    authorization_name: Input[str]
    host: Input[str]
    labels: Labels = field(default_factory=dict)


class Certificate(pulumi.ComponentResource):
    """A regional managed certificate and the DNS authorisation that proves the host's ownership.

    `dns_record_name` and `dns_record_data` are the CNAME to make; until it exists the certificate is not issued, but
    everything that names the certificate can be made. Does not manage DNS, which lies with the edge.
    """

    certificate_id: Output[str]
    dns_record_name: Output[str]
    dns_record_data: Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:certificate:Certificate", name, None, opts)
        authorization = gcp.certificatemanager.DnsAuthorization(
            f"{name}-dns-authorization",
            project=args.project,
            location=args.region,
            name=args.authorization_name,
            domain=args.host,
            # The only type of a regional one: https://cloud.google.com/certificate-manager/docs/domain-authorization
            type="PER_PROJECT_RECORD",
            labels=args.labels,
            opts=child(self),
        )
        certificate = gcp.certificatemanager.Certificate(
            f"{name}-certificate",
            project=args.project,
            location=args.region,
            name=args.name,
            managed=gcp.certificatemanager.CertificateManagedArgs(
                domains=[args.host], dns_authorizations=[authorization.id]
            ),
            labels=args.labels,
            opts=child(self),
        )
        self.certificate_id = certificate.id
        self.dns_record_name = authorization.dns_resource_records.apply(lambda records: str(records[0].name))
        self.dns_record_data = authorization.dns_resource_records.apply(lambda records: str(records[0].data))
        self.register_outputs(
            {
                "certificateId": self.certificate_id,
                "dnsRecordName": self.dns_record_name,
                "dnsRecordData": self.dns_record_data,
            }
        )
