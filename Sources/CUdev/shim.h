// The one door to libudev. Only DeviceDiscovery comes through it.
#pragma once
#include <libudev.h>
